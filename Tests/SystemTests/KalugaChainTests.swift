import Glibc
import Octopus
import TestSupport
import Testing

/// A chain of drivers on invented hardware: the machine's record starts the driver that publishes
/// root bridges, these start the bus driver of PCI, USB controllers that of USB, and devices their
/// drivers.
@Suite(.timeLimit(.minutes(5))) struct KalugaChainTests {
  private static let keyboard = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1"
  private static let everything = [
    "keyboard \(keyboard)", "kinds /sys/class/block", "kinds /sys/class/net",
    "kinds /sys/devices/system/cpu", "pci-bus /sys/devices/pci0000:00",
    "pci-bus /sys/devices/pci0000:80", "platform /sys/devices",
    "usb-bus /sys/devices/pci0000:00/0000:00:14.0", "usb-bus /sys/devices/pci0000:00/0000:00:1d.0",
  ]

  private let files: KalugaFiles
  private let testbed: HardwareTestbed
  /// Its socket is where the next server is, too.
  private let directory: TemporaryDirectory
  private var socket: String { directory.path + "/octopus.sock" }

  init() async throws {
    files = try KalugaFiles(isApart: true)
    directory = try TemporaryDirectory()
    testbed = try await HardwareTestbed(HardwareTestbed.board)
    try files.catalogueOfBuses()
    try files.catalogue(
      "keyboard.toml", files.recorder("keyboard", #"r'^hw\.usb\.device\.' { vendor: 0x1209 }"#))
  }

  private func start(_ server: Octopusd, grace: String = "60") throws -> RunningProgram {
    try testbed.start(
      productsDirectory + "/kaluga", files.arguments + ["--grace", grace], for: server,
      environment: files.environment)
  }

  private func connect() async throws -> OctopusClient { try await connectLibrary(to: socket) }

  /// Waits until there is one running driver for each that should have one.
  private func untilAllRun(_ octopus: OctopusClient) async throws {
    for each in Self.everything {
      let words = each.split(separator: " ")
      try await octopus.instance("driver: '\(words[0])', syspath: '\(words[1])', state: running")
    }
    #expect(try await octopus.processes().keys.sorted() == Self.everything)
  }

  private func end(_ kaluga: RunningProgram) async {
    kaluga.process.kill(SIGTERM)
    #expect(await kaluga.process.wait() == .init(code: 0))
    #expect(!files.starts.contains { lives($0.process) })
  }

  @Test func driversStartFromTheMachineDownToPluggedDevices() async throws {
    let server = try await Octopusd(socket: socket)
    let kaluga = try start(server)
    let octopus = try await connect()
    try await untilAllRun(octopus)
    let tree = try await run(
      productsDirectory + "/kaluga", ["tree"], environment: server.environment)
    let chain = [
      "hw.machine", "hw.pci.rootbridge", "hw.pci.device", "hw.usb.device", "hw.usb.device",
    ]
    let depths = chain.indices.map { depth in
      tree.lines.firstIndex { line in
        line.contains("─ \(chain[depth])") && line.prefix { !$0.isLetter }.count == 3 * depth
      }
    }
    #expect(tree.lines.first?.hasPrefix("hw.machine") == true)
    #expect(!depths.dropFirst().contains(nil), "\(tree.output)")

    for round in 1...10 {
      let process = pid_t(
        try await octopus.instance("driver: keyboard, state: running")["pid"]!.integer!)
      try await testbed.tell("remove \(Self.keyboard)")
      try await octopus.goneInstance("driver: keyboard")
      #expect(!lives(process))
      try await testbed.tell("plug \(Self.keyboard)")
      try await octopus.instance("driver: keyboard, state: running")
      #expect(await files.starts(atLeast: round + 1).count == round + 1)
    }
    try await untilAllRun(octopus)
    await end(kaluga)
  }

  @Test func killedProcessRestartsNoOtherDriver() async throws {
    var server = try await Octopusd(socket: socket)
    var kaluga = try start(server)
    var octopus = try await connect()
    try await untilAllRun(octopus)
    _ = await files.starts(atLeast: 1)
    let before = try await octopus.processes()

    // A bus driver: what it had published comes again under other names.
    let controller = "/sys/devices/pci0000:00/0000:00:14.0"
    let bus = try #require(before["usb-bus \(controller)"])
    let name = try await octopus.instance("driver: keyboard")["device"]!.text!
    kill(pid_t(bus), SIGKILL)
    try await octopus.instance("driver: 'usb-bus', restarts: 1, state: running")
    try await octopus.instance("driver: keyboard, device: r'^hw', device != '\(name)'")
    try await untilAllRun(octopus)
    var expected = before
    expected["usb-bus \(controller)"] = try await octopus.processes()["usb-bus \(controller)"]
    #expect(expected["usb-bus \(controller)"] != bus)
    var found = try await octopus.processes()
    #expect(found == expected, "\(files.logs)")

    kaluga.process.kill(SIGKILL)
    _ = await kaluga.process.wait()
    try await octopus.goneInstance("driver: _")
    kaluga = try start(server)
    try await untilAllRun(octopus)
    found = try await octopus.processes()
    #expect(found == expected, "\(files.logs)")

    server.running.process.kill(SIGKILL)
    _ = await server.running.process.wait()
    server = try await Octopusd(socket: socket)
    octopus = try await connect()
    try await untilAllRun(octopus)
    try await octopus.instance("driver: keyboard, device: r'^hw'")
    found = try await octopus.processes()
    #expect(found == expected, "\(files.logs)")

    // The next one finds a driver whose device has gone meanwhile.
    kaluga.process.kill(SIGKILL)
    _ = await kaluga.process.wait()
    try await testbed.tell("remove \(Self.keyboard)")
    try await octopus.waitFor(
      gone: "r'^hw\\.usb\\.' { vendor: 0x1209 }", timeout: .seconds(patience))
    kaluga = try start(server)
    try await octopus.instance("driver: platform, state: running")
    try await octopus.goneInstance("driver: keyboard")
    #expect(files.starts.count == 1 && !lives(files.starts[0].process))
    await end(kaluga)
  }

  /// After the grace period.
  @Test func deviceThatIsNotPublishedAgainLosesItsDriver() async throws {
    let server = try await Octopusd(socket: socket)
    let kaluga = try start(server, grace: "0.1")
    let octopus = try await connect()
    try await untilAllRun(octopus)
    for verb in ["stop", "start"] {
      let outcome = try await run(
        productsDirectory + "/kaluga", [verb, "usb-bus"], environment: server.environment)
      #expect(outcome.status == .init(code: 0))
      if verb == "stop" { try await octopus.goneInstance("driver: keyboard") }
    }
    try await untilAllRun(octopus)
    #expect(await files.starts(atLeast: 2).count == 2)
    await end(kaluga)
  }
}
