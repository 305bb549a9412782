import CSpawn
import Glibc
import OctopusSystem

/// A program that runs beside the tests, and is ended with the object that holds it.
final class Process: Sendable {
  struct Status: Equatable, CustomStringConvertible {
    var code: Int32?
    var signal: Int32?

    init(code: Int32) { self.code = code }
    init(signal: Int32) { self.signal = signal }

    init(wait status: Int32) {
      let number = status & 0x7f
      if number == 0 { code = status >> 8 & 0xff } else { signal = number }
    }

    var description: String { code.map { "exit \($0)" } ?? "signal \(signal ?? 0)" }
  }

  enum Streams {
    case descriptors(input: CInt, output: CInt, errors: CInt)
    /// The path of a terminal that becomes the program's own.
    case terminal(String)
  }

  let id: pid_t
  private let ended = Mutex<Status?>(nil)

  /// Starts a program. Its environment is the tests' own without what would lead elsewhere, and
  /// `environment`.
  init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    streams: Streams
  ) throws {
    let argv = ([program] + arguments).map { strdup($0) }
    let envp = Self.environment(with: environment).map { strdup("\($0.key)=\($0.value)") }
    defer { for text in argv + envp { free(text) } }
    var id: pid_t = 0
    let result =
      switch streams {
      case .descriptors(let input, let output, let errors):
        spawn_program(program, argv + [nil], envp + [nil], [input, output, errors], nil, &id)
      case .terminal(let path):
        spawn_program(program, argv + [nil], envp + [nil], nil, path, &id)
      }
    guard result == 0 else {
      throw Failure("cannot start \(program): \(String(cString: strerror(result)))")
    }
    self.id = id
  }

  deinit {
    guard ended.withLock({ $0 }) == nil else { return }
    Glibc.kill(id, SIGKILL)
    waitpid(id, nil, 0)
  }

  func kill(_ signal: CInt) {
    // Under the lock, so that the number is not another program's by now.
    ended.withLock { if $0 == nil { Glibc.kill(id, signal) } }
  }

  /// Waits for the end.
  func wait() async -> Status {
    await blocking { [self] in
      // Keeps the number reserved until the status is stored.
      var info = siginfo_t()
      while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
      return ended.withLock { ended in
        if let ended { return ended }
        var status: Int32 = 0
        waitpid(id, &status, 0)
        ended = Status(wait: status)
        return ended!
      }
    }
  }

  private static func environment(with more: [String: String]) -> [String: String] {
    var result = ["LC_ALL": "C.UTF-8", "HOME": "/nonexistent"]
    for name in ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "TSAN_OPTIONS", "ASAN_OPTIONS"] {
      if let value = getenv(name) { result[name] = String(cString: value) }
    }
    return result.merging(more) { $1 }
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
