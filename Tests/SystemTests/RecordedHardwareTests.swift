import Glibc
import Octopus
import Testing

/// Recordings of real hardware, from any source: `make test-recorded RECORDINGS=DIR`. All their
/// devices are published, go when they are unplugged, and come again.
@Suite(.timeLimit(.minutes(10)), .enabled(if: Recording.directory != nil))
struct RecordedHardwareTests {
  @Test(arguments: Recording.all) func everyDeviceIsPublished(recording: Recording) async throws {
    let testbed = try await HardwareTestbed(recording.path)
    let server = try await Octopusd()
    let buses = ["platform", "pci", "usb", "cpu", "net", "block", "input", "tty", "hidraw"]
    let drivers = try buses.map { try testbed.driver($0, for: server) }
    let octopus = try await connectLibrary(to: server.socket)
    for bus in buses {
      try await octopus.waitFor(Query(parsing: "hw.\(bus)"), timeout: patience)
    }
    let expected = recording.published
    let found = try await octopus.find("r'^hw' { syspath: _ }")
    #expect(found.compactMap { $0["syspath"]?.text }.sorted() == expected.sorted())
    #expect(Set(found.map { $0["devinode"]?.integer }).count == found.count)
    try await everyParentIsRight(octopus)

    // Bridges stay: nothing says that they go.
    let bridges = found.filter { $0.name.hasPrefix("hw.pci.rootbridge.") }
    for path in recording.tops { try await testbed.tell("remove \(path)") }
    for bus in buses where bus != "platform" {
      try await octopus.waitFor(Query(parsing: "hw.\(bus) { devices: 0 }"), timeout: patience)
    }
    try await octopus.waitFor(
      "hw.platform { devices: \(bridges.count) }", timeout: patience)
    #expect(try await octopus.find("r'^hw' { syspath: _ }") == bridges)

    try await testbed.tell("add \(recording.path)")
    for path in expected {
      try await octopus.waitFor("r'^hw' { syspath: \(path) }", timeout: patience)
    }
    let again = try await octopus.find("r'^hw' { syspath: _ }")
    #expect(again.count == found.count)
    #expect(Set(again.map(\.name)).intersection(found.map(\.name)) == Set(bridges.map(\.name)))
    try await everyParentIsRight(octopus)
    withExtendedLifetime(drivers) {}
  }

  /// From the machine down, as far as a recording has all that is above: a driver for each device.
  @Test(arguments: Recording.all) func everyDeviceHasADriver(recording: Recording) async throws {
    let testbed = try await HardwareTestbed(recording.path)
    let server = try await Octopusd()
    let files = try KalugaFiles(isApart: true)
    try files.catalogueOfBuses()
    try files.catalogue(
      "others.toml",
      """
      [[driver]]
      name   = "other-kinds"
      match  = '''r'^hw\\.machine\\.(input|tty|hidraw)$' '''
      exec   = ["octopus-hw", "{subsystem}"]
      notify = true

      """ + files.recorder("device", #"r'^hw\.' { sysname: _ }"#, "priority = -1"))
    let kaluga = try testbed.start(
      productsDirectory + "/kaluga", files.arguments, for: server, environment: files.environment)
    let octopus = try await connectLibrary(to: server.socket)
    let expected = recording.reachable
    for round in 1...2 {
      for path in expected {
        try await octopus.waitFor(
          "r'^kaluga\\.instance\\.' { syspath: \(path), state: running }", timeout: patience)
      }
      let instances = try await octopus.find(
        "r'^kaluga\\.instance\\.' { driver: device, state: running }")
      let paths = instances.compactMap { $0["syspath"]?.text }
      #expect(Set(paths).count == paths.count && Set(paths).isSubset(of: expected))
      #expect(await files.starts(atLeast: round * paths.count).count == round * paths.count)
      for path in recording.tops { try await testbed.tell("remove \(path)") }
      try await octopus.goneInstance("driver: device")
      #expect(!files.starts.contains { lives($0.process) })
      try await testbed.tell("add \(recording.path)")
    }
    kaluga.process.kill(SIGTERM)
    #expect(await kaluga.process.wait() == .init(code: 0))
  }

  private let patience = Duration.seconds(SystemTests.patience)

  /// Waits until each record names the nearest one above it.
  private func everyParentIsRight(_ octopus: OctopusClient) async throws {
    let records = try await octopus.find("r'^hw' { syspath: _ }")
    let names = Dictionary(uniqueKeysWithValues: records.map { ($0["syspath"]!.text!, $0.name) })
    for path in names.keys {
      var above = path[...]
      var parent: String?
      while parent == nil, let slash = above.lastIndex(of: "/") {
        above = above[..<slash]
        parent = names[String(above)]
      }
      guard let parent else { continue }
      try await octopus.waitFor(
        "r'^hw' { syspath: \(path), parent: \(parent) }", timeout: patience)
    }
  }
}

/// What a recording has, read without umockdev.
struct Recording: Sendable, CustomTestStringConvertible {
  let path: String
  private let devices: [(path: String, keys: [String: String])]

  var testDescription: String { String(path[(path.lastIndex(of: "/") ?? path.startIndex)...]) }

  static let directory = getenv("OCTOPUS_RECORDINGS").map { String(cString: $0) }

  /// Those of the directory.
  static let all: [Recording] = {
    guard let path = directory, let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var recordings: [Recording] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasSuffix(".umockdev") else { continue }
      if let recording = try? Recording("\(path)/\(name)") { recordings.append(recording) }
    }
    return recordings.sorted { $0.path < $1.path }
  }()

  private init(_ path: String) throws {
    self.path = path
    var devices: [(path: String, keys: [String: String])] = []
    for line in try contents(of: path).split(separator: "\n") {
      if line.hasPrefix("P: ") { devices.append(("/sys" + line.dropFirst(3), [:])) }
      let parts = line.dropFirst(3).split(separator: "=", maxSplits: 1).map(String.init)
      if line.hasPrefix("E: "), parts.count == 2, !devices.isEmpty {
        devices[devices.count - 1].keys[parts[0]] = parts[1]
      }
    }
    self.devices = devices
  }

  /// The paths that are not below another.
  var tops: [String] {
    devices.map(\.path).filter { path in
      !devices.contains { path.hasPrefix($0.path + "/") }
    }
  }

  /// The paths of all that has a record.
  var published: [String] {
    let subsystems: Set = ["platform", "pci", "cpu", "net", "block", "input", "tty", "hidraw"]
    let types: Set = ["usb_device", "usb_interface"]
    let own = devices.filter { _, keys in
      subsystems.contains(keys["SUBSYSTEM"] ?? "")
        || keys["SUBSYSTEM"] == "usb" && types.contains(keys["DEVTYPE"] ?? "")
    }
    let bridges = devices.filter { $0.keys["SUBSYSTEM"] == "pci" }.compactMap { path, _ in
      path.firstRange(of: #/^.*?/pci[0-9a-f]{4,}:[0-9a-f]{2}/#).map { String(path[$0]) }
    }
    return own.map(\.path) + Set(bridges)
  }

  /// All devices, except those on a USB bus whose controller is not in the recording.
  var reachable: Set<String> {
    let controllers = devices.filter { $0.keys["PCI_CLASS"]?.hasPrefix("C03") ?? false }
    let usb = Set(devices.filter { $0.keys["SUBSYSTEM"] == "usb" }.map(\.path))
    return Set(
      published.filter { path in
        !usb.contains(path) || controllers.contains { path.hasPrefix($0.path + "/") }
      })
  }
}
