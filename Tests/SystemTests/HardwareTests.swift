import Glibc
import Testing

/// octopus-hw against a real server, with the devices that this machine has.
@Suite struct HardwareTests {
  @Test func devicesAreThereWhileItRuns() async throws {
    let server = try await Octopusd()
    let hardware = try start(server)
    let ready = try await server.octopus("wait", "hw.pci", "--timeout", "60", "--json")
    #expect(ready.status == .init(code: 0))
    let count = ready.output.filter(\.isNumber)
    #expect(ready.output == "{\"name\":\"hw.pci\",\"attributes\":{\"devices\":\(count)}}\n")
    let devices = try await server.octopus(
      "count", "r'^hw\\.pci\\.device\\.[0-9]+$' { vendor > 0, bus >= 0, modalias: r'^pci:v' }")
    #expect(devices.output == "\(count)\n")
    let system = try await run("ls", ["/sys/bus/pci/devices"])
    #expect(system.lines.count == Int(count))

    hardware.process.kill(SIGTERM)
    #expect(await hardware.process.wait() == .init(signal: SIGTERM))
    #expect(try await server.octopus("wait", "--gone", "r'^hw'").status == .init(code: 0))
  }

  @Test func deletingItsRecordEndsIt() async throws {
    let server = try await Octopusd()
    let hardware = try start(server)
    _ = try await server.octopus("wait", "hw.pci", "--timeout", "60")
    _ = try await server.octopus("del", "hw.pci")
    #expect(await hardware.process.wait() == .init(code: 0))
  }

  @Test func withoutAServerItSaysSo() async throws {
    let outcome = try await run(
      productsDirectory + "/octopus-hw", ["pci", "--socket", "/nonexistent/socket"])
    #expect(outcome.status == .init(code: 3))
    #expect(outcome.errors.hasPrefix("octopus-hw: no server at /nonexistent/socket"))
  }

  @Test func theEndOfTheServerIsStatusThree() async throws {
    let server = try await Octopusd()
    let hardware = try start(server)
    _ = try await server.octopus("wait", "hw.pci", "--timeout", "60")
    _ = await server.stop()
    #expect(await hardware.outcome().status == .init(code: 3))
  }

  private func start(_ server: Octopusd) throws -> RunningProgram {
    try RunningProgram(productsDirectory + "/octopus-hw", [], environment: server.environment)
  }
}
