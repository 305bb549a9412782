import Glibc
import Octopus
import Testing

@testable import Kaluga

/// Real processes, and records that others publish by hand.
@Suite(.timeLimit(.minutes(10)))
struct RunningTests {
  @Test func driverStartsAndStopsWithItsDevice() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(
      shell(
        "a", "echo I am $1 at $2, $KALUGA_INSTANCE; sleep 1000 & exec sleep 1000",
        arguments: ["{name}", "{place}"]))
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: a, place: 7"))
      let record = try await octopus.instance("state: running")
      let process = try record.read("pid", as: Int.self)
      #expect(record["device"]?.text == "hw.test.one")
      #expect(getpgid(pid_t(process)) == pid_t(process))
      try await untilFile("\(kaluga.directory)/state/log/0") { $0?.contains("\n") ?? false }
      #expect(kaluga.log(0) == "I am hw.test.one at 7, kaluga.instance.0\n")
      kaluga.removeDevice("one")
      try await octopus.delete("hw.test.one")
      try await octopus.goneInstance("driver: a")
      await untilGone(process)
    }
  }

  @Test func driverThatIgnoresSIGTERMIsKilledWithItsDescendants() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(
      shell(
        "deaf", "trap '' TERM; setsid sleep 1000 & echo $! >$1/../../child; sleep 1000",
        "stop-timeout = 0.1"))
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: deaf"))
      _ = try await octopus.instance("state: running")
      try await untilFile("\(kaluga.directory)/child") { $0?.hasSuffix("\n") ?? false }
      let child = try #require(Int(kaluga.written("child")!.dropLast()))
      kaluga.removeDevice("one")
      try await octopus.delete("hw.test.one")
      try await octopus.goneInstance("driver: deaf")
      await untilGone(child)
    }
  }

  @Test func nextKalugaReattachesRunningDrivers() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(
      shell("a", "echo started >>$1/../../starts; exec sleep 1000")
        + shell("short", "exec sleep 1000", "restart = \"never\""))
    let server = try kaluga.server()
    let octopus = try await kaluga.connect()
    try await octopus.set(kaluga.device("one", "kind: a"))
    try await octopus.set(kaluga.device("two", "kind: short"))
    var processes: [Int] = []
    do {
      let (_, task) = try kaluga.start()
      for driver in ["a", "short"] {
        processes.append(
          try await octopus.instance("state: running, driver: \(driver)")
            .read("pid", as: Int.self))
      }
      // As if it were killed: nothing is ended.
      task.cancel()
      _ = await task.value
    }
    try await octopus.goneInstance("driver: a")
    // One of them ends while nobody looks.
    kill(pid_t(processes[1]), SIGKILL)
    await untilGone(processes[1])
    let (supervisor, task) = try kaluga.start()
    let record = try await octopus.instance("state: running, driver: a")
    #expect(record["pid"]?.integer == Int64(processes[0]) && record["restarts"]?.integer == 0)
    let failed = try await octopus.instance("state: failed, driver: short")
    #expect(failed["reason"]?.text == "it was ended by signal 9")
    #expect(kaluga.written("starts") == "started\n")
    // Its end is seen, though it is another's child.
    kill(pid_t(processes[0]), SIGKILL)
    _ = try await octopus.instance("state: running, driver: a, restarts: 1")
    await supervisor.leave()
    _ = await task.value
    #expect(!lives(processes[0]))
    server.stop()
  }

  @Test func driverOfAKilledGuardIsStartedAgain() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(shell("a", "sleep 1000 & wait"))
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: a"))
      let process = try await octopus.instance("state: running").read("pid", as: Int.self)
      let run = try Record(parsing: try #require(kaluga.written("state/0.run")))
      let guardian = try run.read("guard", as: pid_t.self)
      kill(guardian, SIGKILL)
      _ = try await octopus.instance("state: running, restarts: 1")
      await untilGone(process)
    }
  }

  @Test func driversRunOnWhenTheServerIsReplaced() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(shell("a", "exec sleep 1000"))
    let first = try kaluga.server()
    var octopus = try await kaluga.connect()
    let device = try kaluga.device("one", "kind: a")
    let (supervisor, task) = try kaluga.start()
    try await octopus.set(device)
    let process = try await octopus.instance("state: running").read("pid", as: Int.self)
    first.stop()
    let second = try kaluga.server()
    octopus = try await kaluga.connect()
    _ = try await octopus.instance("pid: \(process)")
    // The same device under another name.
    let again = try Record(
      parsing: "\(device)".replacing("hw.test.one {", with: "hw.test.nine {"))
    try await octopus.set(again)
    #expect(
      try await octopus.instance("device: 'hw.test.nine'").read("pid", as: Int.self) == process)
    await supervisor.leave()
    _ = await task.value
    second.stop()
  }

  /// Forged files there would have it end any process, and write through links.
  @Test(arguments: [mode_t(0o777), 0o775, 0o722])
  func stateDirectoryThatOthersMayWriteToIsRefused(mode: mode_t) throws {
    let world = try RunningKaluga()
    let state = world.directory + "/state"
    #expect(mkdir(state, 0o700) == 0 && chmod(state, mode) == 0)
    let failure = #expect(throws: StateDirectory.Failure.self) { try StateDirectory(state) }
    #expect(failure?.description.contains("others may write there") ?? false)
    #expect(chmod(state, 0o711) == 0)
    _ = try StateDirectory(state)
    #expect(chmod(state + "/log", mode) == 0)
    #expect(throws: StateDirectory.Failure.self) { try StateDirectory(state) }
  }

  /// Two would give one number twice, and a device two drivers.
  @Test func secondKalugaAtAServerWaitsForTheFirst() async throws {
    let (first, second) = (try RunningKaluga(), try RunningKaluga())
    try first.catalogue(shell("a", "exec sleep 1000"))
    try second.catalogue(shell("b", "exec sleep 1000"))
    let said = AsyncStream.makeStream(of: String.self)
    let server = try first.server()
    let octopus = try await first.connect()
    let (supervisor, task) = try first.start()
    try await octopus.set(first.device("one", "kind: a"))
    try await octopus.set(first.device("two", "kind: b"))
    _ = try await octopus.instance("state: running, driver: a")
    var configuration = Kaluga.Configuration(
      drivers: "\(second.directory)/drivers", state: "\(second.directory)/state",
      guardProgram: try GuardProgram.installed(), address: .unix(first.socket),
      log: { said.continuation.yield($0) })
    configuration.sysfsRoot = first.directory
    let other = try Supervisor(configuration)
    let otherTask = Task { await other.run() }
    var lines = said.stream.makeAsyncIterator()
    #expect(await lines.next()?.contains("another kaluga works with this server") ?? false)
    #expect(throws: StateDirectory.Failure.self) { try StateDirectory("\(first.directory)/state") }
    await supervisor.leave()
    _ = await task.value
    _ = try await octopus.instance("state: running, driver: b")
    await other.leave()
    _ = await otherTask.value
    server.stop()
  }

  @Test func floodingAndCrashingDriversDisturbNoOther() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(
      shell("flood", "exec yes") + shell("crash", "echo oh; exit 3")
        + shell("calm", "exec sleep 9999"))
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: flood"))
      try await octopus.set(kaluga.device("two", "kind: crash"))
      _ = try await octopus.instance("driver: crash, restarts > 2")
      try await octopus.set(kaluga.device("three", "kind: calm"))
      _ = try await octopus.instance("driver: calm, state: running")
      try await untilFile("\(kaluga.directory)/state/log/0.1") { $0 != nil }
      #expect(kaluga.log(0).utf8.count <= 1 << 20)
      #expect(kaluga.log(1).hasPrefix("oh\noh\noh\n"))
    }
  }

  @Test func changedCatalogueIsReadAgain() async throws {
    let kaluga = try RunningKaluga()
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: a"))
      try kaluga.catalogue(shell("a", "exec sleep 1000"))
      let first = try await octopus.instance("state: running").read("pid", as: Int.self)
      try kaluga.catalogue("[[driver\n" + shell("b", "true"), file: "b.toml")
      try kaluga.catalogue(shell("a", "exec sleep 2000"))
      _ = try await octopus.instance("state: running, pid != \(first)")
      unlink("\(kaluga.directory)/drivers/a.toml")
      try await octopus.goneInstance("driver: a")
      await untilGone(first)
    }
  }

  @Test func driverThatCannotBePutOnRecordIsNotStarted() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(shell("a", "exec sleep 1000"))
    // Where files of these names cannot be made.
    let names = ["state", "state/0.run.new", "state/0.exit.new"].map { "\(kaluga.directory)/\($0)" }
    for name in names { mkdir(name, 0o755) }
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one", "kind: a"))
      let failed = try await octopus.instance("state: 'backing-off'")
      #expect(failed["reason"]?.text?.hasPrefix("nothing can be written to") ?? false, "\(failed)")
      for name in names.dropFirst() { rmdir(name) }
      _ = try await octopus.instance("state: running")
    }
  }

  /// It need not be there when the catalogue is read.
  @Test func programThatIsInstalledLaterIsStarted() async throws {
    let kaluga = try RunningKaluga()
    let program = kaluga.directory + "/driver"
    try kaluga.catalogue(
      "[[driver]]\nname = \"late\"\nmatch = \"r'^hw'\"\nexec = [\"\(program)\"]\n")
    try await kaluga.withKaluga { octopus in
      try await octopus.set(kaluga.device("one"))
      try writeText("#!/bin/sh\nexec sleep 1000\n", to: program + ".part")
      chmod(program + ".part", 0o755)
      rename(program + ".part", program)
      _ = try await octopus.instance("state: running, driver: late")
    }
  }

  @Test func tenThousandDevicesAreAssignedToOneProcess() async throws {
    let kaluga = try RunningKaluga()
    try kaluga.catalogue(shell("all", "exec sleep 1000", "instances = \"one\"", arguments: []))
    try await kaluga.withKaluga { octopus in
      let records = try (0..<10_000).map { number in
        try kaluga.device("\(number)", "kind: all")
      }
      for start in stride(from: 0, to: records.count, by: 500) {
        try await octopus.transaction(
          records[start..<start + 500].map { .set(Octopus.Write($0)) }
            as [OctopusClient.Command<Bool>])
      }
      _ = try await octopus.instance("devices: 10000, state: running")
      try await octopus.waitFor("r'^kaluga\\.assignment\\.'", count: 10_000)
      rename("\(kaluga.directory)/devices", "\(kaluga.directory)/gone")
      try await octopus.delete("r'^hw\\.test\\.'", all: true)
      try await octopus.waitFor(gone: "r'^kaluga\\.'")
    }
  }
}
