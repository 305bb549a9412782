import CSpawn
import Glibc
import TestSupport
import Testing

/// octopus-hw against a real server, with the devices that this machine has.
@Suite struct HardwareTests {
  @Test func recordsExistWhileTheDriverRuns() async throws {
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

  @Test func driverWithoutAServerSaysSoAndEnds() async throws {
    let outcome = try await run(
      productsDirectory + "/octopus-hw", ["pci", "--socket", "/nonexistent/socket"])
    #expect(outcome.status == .init(code: 3))
    #expect(outcome.errors.hasPrefix("octopus-hw: no server at /nonexistent/socket"))
  }

  @Test func supervisorIsNotifiedOnceAllDevicesArePublished() async throws {
    let server = try await Octopusd()
    let path = server.directory + "/notify"
    let receiver = spawn_receiver(path)
    try #require(receiver >= 0)
    defer { close(receiver) }
    let hardware = try RunningProgram(
      productsDirectory + "/octopus-hw", ["cpu"],
      environment: server.environment.merging(["NOTIFY_SOCKET": path]) { $1 })
    #expect(try await datagram(on: receiver) == "READY=1")
    let processors = try await server.octopus("count", "r'^hw\\.processor\\.' { online: true }")
    #expect((Int(processors.output.dropLast()) ?? 0) >= 1)
    withExtendedLifetime(hardware) {}
  }

  @Test func nextServerGetsAllDevices() async throws {
    let directory = try TemporaryDirectory()
    let socket = directory.path + "/octopus.sock"
    var server: Octopusd? = try await Octopusd(socket: socket)
    let hardware = try start(server!)
    for _ in 0..<3 {
      let ready = try await server!.octopus("wait", "hw.pci", "--timeout", "60")
      #expect(ready.status == .init(code: 0))
      let devices = try await server!.octopus("count", "r'^hw\\.pci\\.device\\.'")
      #expect(ready.output == "hw.pci { devices: \(devices.output.dropLast()) }\n")
      server!.running.process.kill(SIGKILL)
      _ = await server!.running.process.wait()
      server = try await Octopusd(socket: socket)
    }
    withExtendedLifetime(hardware) {}
  }

  @Test func deletedRecordIsSetAgain() async throws {
    let server = try await Octopusd()
    let hardware = try start(server, "cpu")
    #expect(try await server.octopus("wait", "hw.cpu", "--timeout", "60").status == .init(code: 0))
    let before = try await server.octopus("find", "r'^hw'")
    for name in ["hw.processor.0", "hw.processor.1"].prefix(before.lines.count - 1) {
      #expect(try await server.octopus("del", name).output == "1\n")
      let again = try await server.octopus("wait", name, "--timeout", "60")
      #expect(again.status == .init(code: 0), "\(again.errors)")
    }
    #expect(try await server.octopus("find", "r'^hw'").output == before.output)
    // It is transient, as before: it goes with the driver.
    hardware.process.kill(SIGKILL)
    #expect(try await server.octopus("wait", "--gone", "r'^hw'").status == .init(code: 0))
  }

  @Test func refusedRecordIsReportedAndTriedAgain() async throws {
    let server = try await Octopusd(["--max-memory", "1mb"])
    for length in [40_000, 4_000, 400, 100] {
      let ballast = "ballast { text: '" + String(repeating: "x", count: length) + "' }"
      while try await server.octopus("setseq", ballast).status == .init(code: 0) {}
    }
    let hardware = try start(server, "cpu")
    let line = try await hardware.errors.readLine()
    #expect(
      line?.hasPrefix("octopus-hw: the server refuses") == true, "\(line ?? "")")
    #expect(line?.contains("OOM") == true)
    #expect(try await server.octopus("count", "r'^hw'").lines == ["0"])
    #expect(try await server.octopus("del", "r'^ballast'", "--all").status == .init(code: 0))
    let ready = try await server.octopus("wait", "hw.cpu", "--timeout", "60")
    #expect(ready.status == .init(code: 0))
    let found = try await server.octopus("count", "r'^hw\\.processor\\.'")
    #expect(ready.output == "hw.cpu { devices: \(found.output.dropLast()) }\n")
  }

  @Test func badUsageIsRefused() async throws {
    let server = try await Octopusd()
    for arguments in [["pci", "--under", "/sys/nowhere"], ["pigeons"], ["pci", "usb"]] {
      let outcome = try await run(
        productsDirectory + "/octopus-hw", arguments, environment: server.environment)
      #expect(outcome.status != .init(code: 0) && !outcome.errors.isEmpty, "\(arguments)")
    }
  }

  private func start(_ server: Octopusd, _ arguments: String...) throws -> RunningProgram {
    try RunningProgram(
      productsDirectory + "/octopus-hw", arguments, environment: server.environment)
  }
}
