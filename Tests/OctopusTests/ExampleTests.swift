// The programs of the README and of the documentation, as they stand there.

import Octopus
import Testing

struct ExampleTests {
  @Test(arguments: Ground.allCases)
  func waitsForAServiceThenWatchesDevices(_ ground: Ground) async throws {
    try await ground.run { stage in
      let octopus = try await stage.connect()
      let driver = try await stage.connect()
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

  /// `Octopus` is a module and a type: each name can be spelt out where another has the same.
  @Test func namesCanBeQualified() {
    struct Record {}
    struct Change {}
    let record: Octopus.Record = "a { n: 1 }"
    let query: Octopus.Query = "a { n: 1 }"
    let kind: Octopus.Change.Kind = .set
    #if compiler(>=6.3)
      let same: Octopus::Record = record
      let client: Octopus::Octopus? = nil
      #expect(same == record && client == nil)
    #endif
    #expect(query.matches(record))
    #expect(kind == .set)
    _ = (Record(), Change())
  }
}
