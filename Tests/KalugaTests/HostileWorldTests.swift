import Glibc
import Octopus
import OctopusServer
import Testing

@testable import Kaluga

/// Records that others forge, and a state directory that was damaged.
@Suite(.timeLimit(.minutes(10)))
struct HostileWorldTests {
  /// Otherwise a client that may set records of devices could start drivers with arguments of its
  /// choice.
  @Test func recordsOfDevicesThatAreNotInSysfsStartNothing() async throws {
    let (kaluga, elsewhere) = (try RunningKaluga(), try RunningKaluga())
    try kaluga.catalogue(shell("a", "exec sleep 1000"))
    let device = try kaluga.device("one", "kind: a")
    let inode = try device.read("devinode", as: Int64.self)
    let place = "\(kaluga.directory)/devices"
    symlink("\(place)/one", "\(place)/link")
    let other = try elsewhere.device("one")
    let forged = [
      (kaluga.directory, inode), ("/", inode), ("", inode),
      (other["syspath"]!.text!, other["devinode"]!.integer!),
      ("\(place)/one", inode + 1), ("\(place)/one", .min), ("\(place)/one/", inode),
      ("\(place)/../devices/one", inode), ("\(place)//one", inode), ("\(place)/link", inode),
      ("\(place)/one\0", inode), ("\(place)/none", inode), ("\(place)/o\\x6ee", inode + 2),
      ("\(place)/e" + String(repeating: "\u{301}", count: 500_000), 77),
      ("e" + String(repeating: "\u{301}", count: 500_000), 77),
    ]
    let said = AsyncStream.makeStream(of: String.self)
    let server = try kaluga.server()
    let octopus = try await kaluga.connect()
    for (number, (syspath, inode)) in forged.enumerated() {
      try await octopus.set(
        Record(
          name: "hw.test.forged\(number)",
          attributes: ["kind": "a", "syspath": .string(syspath), "devinode": .integer(inode)]))
    }
    let supervisor = try Supervisor(try kaluga.configuration { said.continuation.yield($0) })
    let task = Task { await supervisor.run() }
    try await octopus.set(device)
    _ = try await octopus.instance("device: 'hw.test.one', state: running")
    #expect(try await octopus.count("r'^kaluga\\.instance'") == 1)
    // All were listed before the one was set.
    said.continuation.finish()
    var lines = 0
    for await line in said.stream {
      #expect(line.hasPrefix("a is not started for hw.test.forged"), "\(line.prefix(200))")
      lines += 1
    }
    #expect(lines == forged.count)
    await supervisor.leave()
    _ = await task.value
    server.stop()
  }

  /// Numbers that nothing gives, in the files of a directory that was damaged.
  @Test func damagedStateDirectoryCrashesNothingAndKillsNothing() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(shell("a", "exec sleep 1000"))
    let state = kaluga.directory + "/state"
    for folder in ["", "/log", "/notify"] { mkdir(state + folder, 0o711) }
    let huge = "\(Int64.max)"
    for name in [huge, "2147483648", "+5", "007", "-1", "\u{301}5"] {
      for kind in ["instance", "run", "exit"] {
        try writeText("x {}", to: "\(state)/\(name).\(kind)")
      }
      try writeText("", to: "\(state)/log/\(name)")
    }
    let device = try kaluga.device("one", "kind: a")
    for (number, value) in [huge, "\(Int64.min)", "-1"].enumerated() {
      try writeText(
        """
        instance { driver: a, syspath: '\(device["syspath"]!.text!)', devinode: \(number == 0 ? device["devinode"]!.integer! : 5),
          failures: \(value), restarts: \(value), since: \(value), stop: \(value), fingerprint: \(value) }
        """, to: "\(state)/\(number).instance")
      try writeText(
        "run { guard: \(-number), guard_start: 1, pid: \(-number), start: 1 }",
        to: "\(state)/\(number).run")
    }
    try writeText("exit { status: \(huge) }", to: "\(state)/0.exit")
    mkdir("\(state)/9.instance", 0o755)
    mkfifo("\(state)/8.instance", 0o600)
    try await kaluga.withKaluga { octopus in
      try await octopus.set(device)
      _ = try await octopus.instance("device: 'hw.test.one', state: running")
      _ = try await octopus.goneInstance("device != 'hw.test.one'")
    }
  }
}
