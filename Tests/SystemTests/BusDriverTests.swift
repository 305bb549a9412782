import Glibc
import Octopus
import TestSupport
import Testing

/// The bus drivers with invented hardware that comes and goes.
@Suite(.timeLimit(.minutes(5))) struct BusDriverTests {
  private static let keyboard = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1"
  private static let buses = [
    "platform", "pci", "usb", "cpu", "net", "block", "input", "tty", "hidraw",
  ]

  /// The drivers start in any order. In the end each record names its parent.
  @Test func everyBusPublishesItsDevices() async throws {
    let testbed = try await HardwareTestbed(HardwareTestbed.board)
    let server = try await Octopusd()
    let drivers = try Self.buses.shuffled().map { try testbed.driver($0, for: server) }
    let octopus = try await connectLibrary(to: server.socket)
    let expected = try contents(of: sourceDirectory + "/Hardware/board.records")
      .split(separator: "\n").map { try Record(parsing: String($0)) }
    for record in expected {
      // As a query, a record matches records with the same attributes.
      try await octopus.waitFor(Query(parsing: record.description), timeout: .seconds(patience))
    }
    let records = try await octopus.find("r'^hw'").map { record in
      try Record(name: record.name, pairs: record.attributes.filter { $0.name != "devinode" })
    }
    #expect(records.map(\.description) == expected.map(\.description))
    let inodes = try await octopus.find("r'^hw' { syspath: _ }").map { $0["devinode"]?.integer }
    #expect(Set(inodes).count == inodes.count && !inodes.contains(nil))
    withExtendedLifetime(drivers) {}
  }

  @Test func replacedDeviceGetsAnotherRecord() async throws {
    let testbed = try await HardwareTestbed(HardwareTestbed.board)
    let server = try await Octopusd()
    let driver = try testbed.driver("usb", for: server)
    let octopus = try await connectLibrary(to: server.socket)
    try await octopus.waitFor("hw.usb { devices: 4 }", timeout: .seconds(patience))
    let observed = try await octopus.observe("r'^hw\\.usb\\.'")
    let before = Set(observed.records.map(\.name))
    var changes = observed.changes.makeAsyncIterator()

    for round in 0..<20 {
      for below in ["/1-1:1.0", ""] {
        try await testbed.tell("remove \(Self.keyboard)\(below)")
        let change = try await changes.next()
        #expect(change?.kind == .deleted)
        #expect(change?.record["syspath"] == .string(Self.keyboard + below))
      }
      for below in ["", "/1-1:1.0"] {
        try await testbed.tell("plug \(Self.keyboard)\(below)")
        let change = try await changes.next()
        #expect(change?.kind == .set && change?.previous == nil)
        #expect(change?.record["syspath"] == .string(Self.keyboard + below))
        #expect(change.map { !before.contains($0.record.name) } == true)
      }
      let parent = "hw.usb.device.\(round + 3)"
      try await octopus.waitFor(
        "r'^hw\\.usb\\.interface\\.' { parent: \(parent) }", timeout: .seconds(patience))
    }
    withExtendedLifetime(driver) {}
  }

  @Test func changeEventsUpdateTheSameRecord() async throws {
    let testbed = try await HardwareTestbed(HardwareTestbed.board)
    let server = try await Octopusd()
    let driver = try testbed.driver("cpu", for: server)
    let octopus = try await connectLibrary(to: server.socket)
    try await octopus.waitFor("hw.cpu { devices: 2 }", timeout: .seconds(patience))
    var changes = try await octopus.observe("r'^hw\\.processor\\.'").changes.makeAsyncIterator()
    let processor = "/sys/devices/system/cpu/cpu1"

    try await testbed.tell("write \(processor) online 1")
    try await testbed.tell("tell \(processor) online")
    let online = try await changes.next()
    #expect(online?.record.name == "hw.processor.1" && online?.record["online"] == true)

    // An event `change` without a changed attribute sets the record, too.
    try await testbed.tell("tell \(processor) change")
    let change = try await changes.next()
    #expect(change?.record == online?.record && change?.kind == .set)
    withExtendedLifetime(driver) {}
  }

  @Test func driversOfTwoControllersShareTheirBus() async throws {
    let testbed = try await HardwareTestbed(HardwareTestbed.board)
    let server = try await Octopusd()
    let octopus = try await connectLibrary(to: server.socket)
    let controllers = ["14.0", "1d.0"].map { "/sys/devices/pci0000:00/0000:00:\($0)" }
    let drivers = try controllers.map { try testbed.driver("usb", "--under", $0, for: server) }
    for path in ["/usb1", "/usb1/1-1", "/usb1/1-1/1-1:1.0"].map({ controllers[0] + $0 }) + [
      controllers[1] + "/usb2"
    ] {
      try await octopus.waitFor(
        "r'^hw\\.usb\\.' { syspath: \(path) }", timeout: .seconds(patience))
    }
    // A device below one controller does not concern the driver of the other.
    try await testbed.tell("remove \(Self.keyboard)")
    try await octopus.waitFor(
      gone: "r'^hw\\.usb\\.' { syspath: \(Self.keyboard) }", timeout: .seconds(patience))
    try await testbed.tell("plug \(Self.keyboard)")
    try await octopus.waitFor(
      "r'^hw\\.usb\\.' { syspath: \(Self.keyboard) }", timeout: .seconds(patience))
    #expect(try await octopus.count("r'^hw\\.usb'") == 3)

    drivers[0].process.kill(SIGKILL)
    try await octopus.waitFor(
      gone: "r'^hw\\.usb\\.' { syspath: \(Self.keyboard) }", timeout: .seconds(patience))
    let left = try await octopus.find("r'^hw\\.usb'").map { $0["syspath"] }
    #expect(left == [.string(controllers[1] + "/usb2")])
    withExtendedLifetime(drivers) {}
  }

  @Test(
    .enabled(if: Self.mayMount, "this machine lets nobody mount a database where udev looks for it")
  )
  func namesForPeopleComeFromTheHardwareDatabase() async throws {
    let testbed = try await HardwareTestbed(HardwareTestbed.board)
    let server = try await Octopusd()
    let database = server.directory + "/hwdb.bin"
    let made = try await run("python3", [sourceDirectory + "/Hardware/hwdb.py", database])
    #expect(made.errors == "")
    let drivers = try ["usb", "pci", "net", "input", "hidraw"].map { bus in
      try testbed.start(
        "sh",
        [sourceDirectory + "/Scripts/hwdb.sh", database, productsDirectory + "/octopus-hw", bus],
        for: server)
    }
    let octopus = try await connectLibrary(to: server.socket)
    let keyboard = "vendor_name: 'Maker\\'s Own', device_name: 'Keyboard \\'A\\''"
    for query in [
      "r'^hw\\.usb\\.device\\.' { vendor: 0x1209, \(keyboard) }",
      "r'^hw\\.usb\\.interface\\.' { vendor: 0x1209, \(keyboard) }",
      "r'^hw\\.input\\.device\\.' { \(keyboard) }", "r'^hw\\.input\\.handler\\.' { \(keyboard) }",
      "r'^hw\\.hidraw\\.' { \(keyboard) }",
      "r'^hw\\.pci\\.' { vendor_name: 'Invented Chips', device_name: 'USB Controller', class: 12 }",
      "r'^hw\\.pci\\.' { class_name: 'Serial bus controller', prog_if: 48 }",
      "r'^hw\\.net\\.' { vendor_name: 'Invented Interfaces' }",
    ] {
      try await octopus.waitFor(Query(parsing: query), timeout: .seconds(patience))
    }
    // What it does not know has no name.
    #expect(try await octopus.count("_ { vendor_name: _ }") == 7)
    withExtendedLifetime(drivers) {}
  }

  private static let mayMount =
    system("sh \(sourceDirectory)/Scripts/hwdb.sh /dev/null true >/dev/null 2>&1") == 0

  @Test func eventsWithoutAServerAreNotMissed() async throws {
    let testbed = try await HardwareTestbed(HardwareTestbed.board)
    let directory = try TemporaryDirectory()
    let socket = directory.path + "/octopus.sock"
    var server = try await Octopusd(socket: socket)
    let driver = try testbed.driver("usb", for: server)
    let patience = Duration.seconds(patience)
    try await connectLibrary(to: socket).waitFor("hw.usb { devices: 4 }", timeout: patience)
    server.running.process.kill(SIGKILL)
    _ = await server.running.process.wait()
    try await testbed.tell("remove \(Self.keyboard)")
    try await testbed.tell("plug \(Self.keyboard)")
    server = try await Octopusd(socket: socket)
    let octopus = try await connectLibrary(to: socket)
    try await octopus.waitFor("hw.usb { devices: 3 }", timeout: patience)
    // All earlier events have been handled once this one has.
    try await testbed.tell("plug \(Self.keyboard)/1-1:1.0")
    try await octopus.waitFor("hw.usb { devices: 4 }", timeout: patience)
    #expect(try await octopus.count("r'^hw\\.usb\\.'") == 4)
    withExtendedLifetime(driver) {}
  }
}

/// A file's text.
func contents(of path: String) throws -> String {
  guard let file = fopen(path, "re") else { throw Failure("cannot read \(path)") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}
