// A Kaluga in this process, beside an octopusd in this process, with directories of its own.

import CPlatform
import Glibc
import Octopus
import OctopusServer
import OctopusSystem
import TestSupport
import Testing

@testable import Kaluga

final class RunningKaluga: Sendable {
  private let temporary: TemporaryDirectory
  let socket: String

  var directory: String { temporary.path }

  init() throws {
    temporary = try TemporaryDirectory()
    socket = temporary.path + "/octopus.sock"
    for folder in ["drivers", "devices"] { mkdir("\(directory)/\(folder)", 0o755) }
  }

  func catalogue(_ text: String, file: String = "a.toml") throws {
    try writeText(text, to: "\(directory)/drivers/\(file)")
  }

  func server() throws -> Server {
    let server = Server(OctopusServer.Configuration(socket: .init(path: socket)))
    try server.start()
    return server
  }

  func connect() async throws -> OctopusClient {
    try await OctopusClient.connect(.unix(socket), options: .init(connectTimeout: .seconds(600)))
  }

  /// A device that is there: a directory of its own.
  func device(_ name: String, _ more: String = "") throws -> Record {
    let path = "\(directory)/devices/\(name)"
    mkdir(path, 0o755)
    var status = stat()
    try #require(stat(path, &status) == 0)
    let comma = more.isEmpty ? "" : ", "
    return try Record(
      parsing: "hw.test.\(name) { syspath: '\(path)', devinode: \(status.st_ino)\(comma)\(more) }")
  }

  func removeDevice(_ name: String) { rmdir("\(directory)/devices/\(name)") }

  /// The configuration of a Kaluga whose devices are those of ``device(_:_:)``.
  func configuration(
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> Kaluga.Configuration {
    var configuration = Kaluga.Configuration(
      drivers: "\(directory)/drivers", state: "\(directory)/state",
      guardProgram: try GuardProgram.installed(), address: .unix(socket), log: log)
    configuration.sysfsRoot = directory
    return configuration
  }

  /// Starts a Kaluga, which runs until it is told to leave.
  func start() throws -> (supervisor: Supervisor, task: Task<Void, Never>) {
    let supervisor = try Supervisor(try configuration())
    return (supervisor, Task { await supervisor.run() })
  }

  /// Runs a Kaluga while the body runs.
  func withKaluga(_ body: (OctopusClient) async throws -> Void) async throws {
    let server = try server()
    let octopus = try await connect()
    let (supervisor, task) = try start()
    let result: Result<Void, any Error>
    do { result = .success(try await body(octopus)) } catch { result = .failure(error) }
    await supervisor.leave()
    _ = await task.value
    octopus.close()
    server.stop()
    try result.get()
  }

  /// The text of a file in the directory; nil if it is not there.
  func written(_ name: String) -> String? { try? readText("\(directory)/\(name)") }

  /// Makes a pipe in the directory. A driver that reads it to its end waits for ``open(gate:)``.
  func makeGate(_ name: String) { mkfifo("\(directory)/\(name)", 0o644) }

  func open(gate name: String) async {
    let path = "\(directory)/\(name)"
    await blocking { _ = close(Glibc.open(path, O_WRONLY | O_CLOEXEC)) }
  }

  func log(_ number: Int) -> String { written("state/log/\(number)") ?? "" }
}

/// An entry for a driver of devices of its own kind, which is a command of the shell.
///
/// - Parameter arguments: what the command has as `$1`, `$2`, …
func shell(
  _ name: String, _ command: String, _ more: String = "", arguments: [String] = ["{syspath}"]
) -> String {
  """
  [[driver]]
  name = "\(name)"
  match = '''r'^hw\\.test\\.' { kind: \(name) }'''
  exec = ["/bin/sh", "-c", '''\(command)''', "sh"\(arguments.map { ", \"\($0)\"" }.joined())]
  \(more)

  """
}

func writeText(_ text: String, to path: String) throws {
  try replaceFile(path, with: Array(text.utf8))
}

/// A file's text.
func readText(_ path: String) throws -> String { try readFile(ByteString(path)).text }

/// Runs a program to its end.
@discardableResult
func run(_ program: String, _ arguments: String...) -> Int32 {
  var process: pid_t = 0
  let texts = ([program] + arguments).map { strdup($0) }
  defer { for text in texts { free(text) } }
  guard posix_spawn(&process, program, nil, nil, texts + [nil], environ) == 0 else { return -1 }
  var status: Int32 = 0
  waitpid(process, &status, 0)
  return status
}

/// Whether a process lives: one that waits to be reaped does not.
func lives(_ process: Int) -> Bool {
  guard let status = try? readText("/proc/\(process)/stat") else { return false }
  return !status.split(separator: ")").last!.hasPrefix(" Z")
}

/// Waits until a process has ended.
func untilGone(_ process: Int) async {
  let descriptor = platform_pidfd(pid_t(process))
  guard descriptor >= 0 else { return }
  await blocking {
    var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&source, 1, -1) < 0, errno == EINTR {}
    close(descriptor)
  }
}

/// Waits until the text of a file fulfils a condition. The file's directory must be there.
///
/// - Parameter condition: gets nil as long as there is no such file.
func untilFile(_ path: String, _ condition: (String?) -> Bool) async throws {
  let watch = inotify_init1(CInt(IN_CLOEXEC))
  defer { close(watch) }
  let directory = String(path[..<path.lastIndex(of: "/")!])
  let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)
  try #require(inotify_add_watch(watch, directory, events) >= 0)
  while !condition(try? readText(path)) {
    await blocking {
      var events = [UInt8](repeating: 0, count: 4096)
      while read(watch, &events, events.count) < 0, errno == EINTR {}
    }
  }
}

extension OctopusClient {
  /// Waits for an instance, for ten minutes at most: only a defect takes so long.
  func instance(_ conditions: String) async throws -> Record {
    try await waitFor(
      Query(parsing: "r'^kaluga\\.instance\\.' { \(conditions) }"), timeout: .seconds(600))
  }

  func goneInstance(_ conditions: String) async throws {
    try await waitFor(
      gone: Query(parsing: "r'^kaluga\\.instance\\.' { \(conditions) }"), timeout: .seconds(600))
  }
}
