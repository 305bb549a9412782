import Glibc
import OctopusSystem
import TestSupport
import Testing

@testable import Kaluga

/// The program kaluga-guard, run by itself.
@Suite(.timeLimit(.minutes(10)))
struct GuardTests {
  @Test func exitStatusOfTheDriverIsWritten() async throws {
    let world = try GuardWorld()
    let status = try await world.start(shell("echo hello; exit 3")).wait()
    #expect(status == 0)
    #expect(world.file("0.exit") == "exit { status: \(3 << 8) }\n")
    #expect(world.file("0.ready") == "")
    #expect(world.file("log/0") == "hello\n")
  }

  @Test func heldDescriptorIsClosedOnceTheDriverIsOnRecord() async throws {
    let world = try GuardWorld()
    let supervisor = try world.start(shell("read line <\(world.directory)/go; exit 0"))
    await supervisor.untilOnRecord()
    let record = try #require(try StateDirectory(world.directory).processRecord(of: 0))
    #expect(record.guardPID == supervisor.process && record.isGuarded)
    #expect(getpgid(record.pid) == record.pid)
    try world.letGo()
    #expect(await supervisor.wait() == 0)
  }

  @Test func everythingThatTheDriverStartedIsKilledWhenItEnds() async throws {
    let world = try GuardWorld()
    let status = try await world.start(
      shell("setsid sh -c 'sleep 1000 & exec sleep 1000' & echo $!")
    ).wait()
    #expect(status == 0)
    let child = try #require(Int(world.file("log/0")?.dropLast() ?? ""))
    #expect(!lives(child))
  }

  @Test func killedGuardTakesTheDriverAlong() async throws {
    let world = try GuardWorld()
    let supervisor = try world.start(shell("exec sleep 1000"))
    await supervisor.untilOnRecord()
    let record = try #require(try StateDirectory(world.directory).processRecord(of: 0))
    kill(supervisor.process, SIGKILL)
    #expect(await supervisor.wait() == nil)
    await untilGone(Int(record.pid))
    #expect(world.file("0.exit") == nil)
  }

  @Test(arguments: [
    ("directory=/nonexistent", "it has no directory", ENOENT),
    ("argument=/nonexistent/program", "it cannot be run", ENOENT),
  ])
  func reasonOfADriverThatCannotBeRunIsWritten(
    entry: String, reason: String, number: CInt
  ) async throws {
    let world = try GuardWorld()
    let entries = entry.hasPrefix("argument") ? [entry] : ["argument=true", entry]
    #expect(try await world.start(entries).wait() == 0)
    #expect(world.file("0.exit") == "exit { reason: '\(reason)', errno: \(number) }\n")
    #expect(world.file("0.ready") == nil)
  }

  @Test(arguments: [
    [], ["argument"], ["colour=red"], ["user=nobody"], ["argument=true", "limit=nofile"],
    ["argument=true", "limit=size:3"], ["argument=true", "limit=nofile:many"],
    ["argument=true", "uid=1"], ["argument=true", "uid=nobody", "gid=1"],
    ["argument=true", "uid=1", "gid=1", "group=-1"], ["argument=true", "cpu=first"],
    ["argument=true", "cpu=1000000"],
    ["argument=true", "variable=LEVEL"],
  ])
  func orderWithAMistakeIsRefused(entries: [String]) async throws {
    let world = try GuardWorld()
    #expect(try await world.start(entries).wait() == 2)
    #expect(world.file("0.run") == nil && world.file("0.exit") == nil)
  }

  @Test(arguments: [[], ["state"], ["state", "one"], ["state", "-1"], ["state", "1", "2"]])
  func badUsageIsRefused(arguments: [String]) async throws {
    let world = try GuardWorld()
    #expect(try await world.start(shell("true"), arguments: arguments).wait() == 2)
  }

  @Test func driverThatCannotBePutOnRecordNeverRuns() async throws {
    let world = try GuardWorld()
    for name in ["0.run.new", "0.exit.new"] { mkdir("\(world.directory)/\(name)", 0o755) }
    let marker = world.directory + "/marker"
    #expect(try await world.start(shell("echo >\(marker)")).wait() == 1)
    #expect(world.file("marker") == nil)
  }

  @Test(arguments: EntryReader.limitNames)
  func everyLimitOfTheCatalogueIsKnown(name: String) async throws {
    let world = try GuardWorld()
    let entries = ["argument=true", "limit=\(name):infinity"]
    #expect(try await world.start(entries).wait() == 0)
  }

  @Test func driverInheritsNothingButItsStreams() async throws {
    let world = try GuardWorld()
    let command = "for n in 3 4 5 6 7 8 9; do test ! -e /proc/$$/fd/$n || echo $n; done; echo end"
    #expect(try await world.start(shell(command)).wait() == 0)
    #expect(world.file("log/0") == "end\n")
  }

  @Test(.enabled(if: geteuid() == 0, "only root may become another user"))
  func driverHasTheUserAndGroupsOfTheOrder() async throws {
    let world = try GuardWorld()
    let order = shell("id -u; id -G") + ["uid=65534", "gid=65534", "group=65534", "group=7"]
    #expect(try await world.start(order).wait() == 0)
    #expect(world.file("log/0") == "65534\n65534 7\n")
  }

  @Test func variablesOfTheOrderReplaceTheGuardsOwn() async throws {
    let world = try GuardWorld()
    let order = [
      "argument=sh", "argument=-c", "argument=echo $HOME $NOTIFY_SOCKET", "variable=HOME=/a",
      "variable=NOTIFY_SOCKET=/b", "notify=true",
    ]
    #expect(try await world.start(order).wait() == 0)
    #expect(world.file("log/0") == "/a \(world.directory)/notify/0\n")
    #expect(access("\(world.directory)/notify/0", F_OK) != 0)
  }
}

/// The entries of an order for a command of the shell.
private func shell(_ command: String) -> [String] {
  ["argument=/bin/sh", "argument=-c", "argument=\(command)"]
}

/// A state directory, and guards in it.
private final class GuardWorld: Sendable {
  private let temporary: TemporaryDirectory

  var directory: String { temporary.path }

  init() throws {
    temporary = try TemporaryDirectory()
    for folder in ["log", "notify"] { mkdir("\(directory)/\(folder)", 0o755) }
    mkfifo("\(directory)/go", 0o600)
  }

  /// The text of a file; nil if it is not there.
  func file(_ name: String) -> String? { try? readText("\(directory)/\(name)") }

  /// Lets a driver go on that reads from `go`.
  func letGo() throws { try writeLine(to: "\(directory)/go") }

  private func writeLine(to path: String) throws {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    let count = write(file, "\n", 1)
    try #require(count == 1)
    close(file)
  }

  /// Starts a guard of instance 0.
  func start(_ order: [String], arguments: [String]? = nil) throws -> RunningGuard {
    let path = directory + "/order"
    try writeText(order.map { $0 + "\0" }.joined(), to: path)
    return try RunningGuard(arguments ?? [directory, "0"], order: path)
  }
}

/// A guard that runs.
private final class RunningGuard: Sendable {
  let process: pid_t
  private let onRecord: CInt

  /// - Parameter order: the path of a file.
  init(_ arguments: [String], order: String) throws {
    var ends: [CInt] = [-1, -1]
    let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, order, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 3)
    let program = try GuardProgram.installed().path
    let texts = ([program] + arguments).map { strdup($0) }
    defer { for text in texts { free(text) } }
    var process: pid_t = 0
    let result = posix_spawn(&process, program, &actions, nil, texts + [nil], environ)
    close(ends[1])
    (self.process, onRecord) = (process, ends[0])
    try #require(result == 0)
  }

  deinit {
    close(onRecord)
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
  }

  /// Waits until the descriptor that the guard holds is closed.
  func untilOnRecord() async {
    await blocking { [onRecord] in
      var byte: UInt8 = 0
      while read(onRecord, &byte, 1) < 0, errno == EINTR {}
    }
  }

  /// Waits for the end; nil if it is a signal.
  func wait() async -> CInt? {
    await blocking { [process] in
      // It stays a zombie: its number is still its own when this object goes.
      var info = siginfo_t()
      while waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
      return info.si_code == CLD_EXITED ? info._sifields._sigchld.si_status : nil
    }
  }
}
