// The programs of the README and of the documentation, as they stand there.

import Octopus
import Testing

struct ExampleTests {
  @Test(arguments: Backend.allCases)
  func readmeExampleWaitsAndWatches(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let driver = try await fixture.connect()
      let started = Task {
        try await driver.set("hw.pci.device.0 { bus: 0, class: 0x0c, vendor: 0x8086 }")
        try await driver.set("service.pci { state: 'ready' }", transient: true)
        try await driver.set("hw.pci.device.1 { bus: 0, class: 2, vendor: 0x8086 }")
        try await driver.set("hw.pci.device.2 { bus: 1, class: 12, vendor: 0x1af4 }")
      }
      let pci = try await octopus.waitFor("service.pci { state: 'ready' }")
      #expect(pci["state"]?.text == "ready")
      var found: [String] = []
      for try await change in octopus.watch("r'^hw\\.pci\\.device\\.' { class: 0x0c }") {
        found.append(change.record.name)
        if found.count == 2 { break }
      }
      #expect(found == ["hw.pci.device.0", "hw.pci.device.2"])
      try await started.value
    }
  }

  /// The loop of the article on watches: after an overflow it begins anew with all records.
  @Test(arguments: Backend.allCases)
  func watchLoopRestartsAfterOverflow(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect(OctopusClient.Options(bufferLimit: 4))
      try await octopus.set("printer_0 { kind: 'printer' }")
      var printers: [String: Record] = [:]
      var overflows = 0
      while overflows < 1 || printers.count < 21 {
        do {
          for try await change in octopus.watch("_ { kind: 'printer' }") {
            if change.isPresent {
              printers[change.record.name] = change.record
            } else {
              printers[change.record.name] = nil
            }
            if overflows == 0 {
              // So slow that everything else happens meanwhile.
              for n in 1...20 { try await octopus.set("printer_\(n) { kind: 'printer' }") }
            }
            if printers.count == 21 { break }
          }
        } catch OctopusError.overflow {
          overflows += 1
        }
      }
      #expect(printers.count == 21)
    }
  }

  @Test(arguments: Backend.allCases)
  func refusalCarriesItsMessage(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("camera.front { state: 'on', zoom: 2 }")
      var refusals = 0
      for _ in 0..<2 {
        do {
          try await octopus.set("camera.front { state: 'off', state == 'on' }")
        } catch OctopusError.refused(.mismatch, let why) {
          refusals += 1
          #expect(!why.isEmpty)
        }
      }
      #expect(refusals == 1)
    }
  }

  /// The loop of the article on errors: after a lost connection everything is there again.
  @Test func connectsAgainAfterALostConnection() async throws {
    let node = OctopusClient.Embedded()
    let other = node.connect()
    let rounds = AsyncStream<OctopusClient>.makeStream()

    @Sendable func serve() async throws {
      let octopus = node.connect()
      let service = try await octopus.register("service.printers { state: 'ready' }")
      rounds.continuation.yield(octopus)
      for try await _ in octopus.watch("_ { kind: 'printer' }") {}
      try await service.withdraw()
    }
    let running = Task {
      while true {
        do { try await serve() } catch let error as OctopusError {
          switch error {
          case .connectionLost, .noServer, .overflow, .lost: continue
          default: throw error
          }
        }
      }
    }
    var round = rounds.stream.makeAsyncIterator()
    for _ in 0..<3 {
      let octopus = try #require(await round.next())
      #expect(try await other.exists("service.printers"))
      octopus.close()
    }
    running.cancel()
    await expectFailure(.cancelled, of: running)
  }

  /// A program with types of the same names can write the module before the library's.
  @Test func namesCanBeQualified() {
    struct Record {}
    struct Change {}
    let record: Octopus.Record = "a { n: 1 }"
    let query: Octopus.Query = "a { n: 1 }"
    let kind: OctopusClient.Change.Kind = .set
    #if compiler(>=6.3)
      let same: Octopus::Record = record
      let client: Octopus::OctopusClient? = nil
      #expect(same == record && client == nil)
    #endif
    #expect(query.matches(record))
    #expect(kind == .set)
    _ = (Record(), Change())
  }
}
