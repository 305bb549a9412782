import Glibc
import Octopus
import Testing

/// Kaluga on real events of the kernel: a driver for each of many virtual network interfaces.
@Suite(.timeLimit(.minutes(5))) struct KalugaInterfaceTests {
  private static let patience = Duration.seconds(SystemTests.patience)
  private static let running: Query = "r'^kaluga\\.instance\\.' { driver: veth, state: running }"
  private static let any: Query = "r'^kaluga\\.instance\\.' { driver: veth }"

  private let files: KalugaFiles

  init() throws {
    files = try KalugaFiles()
    try files.catalogueOfBuses()
    try files.catalogue(
      "veth.toml",
      files.recorder("veth", #"r'^hw\.net\.interface\.' { interface: r'^o[0-9]' }"#))
  }

  /// Kaluga in a network of its own; it ends with the body, and its drivers with it.
  private func withInterfaces(_ body: (Interfaces) async throws -> Void) async throws {
    let interfaces = try await Interfaces(
      productsDirectory + "/kaluga", files.arguments, environment: files.environment)
    let result: Result<Void, any Error>
    do { result = .success(try await body(interfaces)) } catch { result = .failure(error) }
    kill(interfaces.program, SIGTERM)
    try await interfaces.octopus.waitFor(gone: "hw.machine", timeout: Self.patience)
    try result.get()
  }

  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func eachInterfaceOfABurstHasOneDriver() async throws {
    try await withInterfaces { interfaces in
      let octopus = interfaces.octopus
      for round in 1...2 {
        interfaces.make(0..<150)
        try await octopus.waitFor(Self.running, count: 300, timeout: Self.patience)
        let instances = try await octopus.find(Self.any)
        #expect(instances.count == 300)
        #expect(Set(instances.map { $0["syspath"]?.text }).count == 300)
        #expect(instances.allSatisfy { $0["restarts"]?.integer == 0 })
        let starts = await files.starts(atLeast: 300 * round)
        #expect(starts.count == 300 * round)
        let processes = Set(instances.compactMap { $0["pid"]?.integer.map { pid_t($0) } })
        #expect(processes.count == 300 && processes.allSatisfy { lives($0) })
        #expect(Set(starts.suffix(300).map(\.process)) == processes)

        interfaces.unmakeAll()
        try await octopus.waitFor(gone: Self.any, timeout: Self.patience)
        #expect(!processes.contains { lives($0) })
      }
    }
  }

  /// Their drivers have just been started, or are to be.
  @Test(.enabled(if: Interfaces.isAllowed, "this machine lets nobody make network interfaces"))
  func shortLivedInterfacesLeaveNoProcesses() async throws {
    try await withInterfaces { interfaces in
      let octopus = interfaces.octopus
      for number in 0..<100 {
        interfaces.make(number..<number + 1)
        interfaces.unmake(number..<number + 1)
      }
      // Sure to be the last that happens.
      interfaces.make(999..<1_000)
      try await octopus.waitFor(
        "r'^kaluga\\.instance\\.' { syspath: r'/o999[lr]$', state: running }", count: 2,
        timeout: Self.patience)
      try await octopus.waitFor(
        gone: "r'^kaluga\\.instance\\.' { syspath: r'/o[0-9]{1,2}[lr]$' }",
        timeout: Self.patience)
      // A driver runs before it has said that it does.
      let starts = await files.starts(atLeast: 2, of: "/o999")
      #expect(Set(starts.map(\.path)).count == starts.count)
      let left = starts.filter { lives($0.process) }.map(\.path)
      #expect(left.count == 2 && left.allSatisfy { $0.contains("/o999") }, "\(left)")
    }
  }
}
