import Foundation

/// A server on a Unix socket of its own, in a folder of its own.
final class Server {
  enum Kind: Sendable {
    case octopus(program: String)
    case redis
  }

  let socket: String
  private let folder: URL
  private let process: Process
  /// From its start until its socket answered.
  let startSeconds: Double

  /// Pinned to core 0, unless `isPinned` is false: pinning takes time before the program begins.
  init(_ kind: Kind, isPinned: Bool = true) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("octopus-bench-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    socket = folder.appendingPathComponent("socket").path
    let program = Self.program(kind, socket, folder.path)
    let begin = ContinuousClock.now
    process = try (isPinned ? program.pinned(to: 0) : program).start()
    var client: Client?
    while client == nil {
      guard process.isRunning, begin.duration(to: .now) < .seconds(10) else {
        throw Program.Failed(description: "\(kind) does not answer")
      }
      client = try? Client(socket)
      if client == nil { usleep(50) }
    }
    _ = try client!.ask("PING")
    startSeconds = begin.duration(to: .now).seconds
  }

  private static func program(_ kind: Kind, _ socket: String, _ folder: String) -> Program {
    switch kind {
    case .octopus(let program):
      Program(program, ["--socket", socket, "--state-dir", folder, "--log-level", "error"])
    case .redis:
      Program(
        "redis-server",
        [
          "--save", "", "--appendonly", "no", "--port", "0", "--unixsocket", socket, "--dir",
          folder,
        ])
    }
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// What it occupies of the machine's memory, in bytes.
  var residentBytes: Int {
    get throws {
      let status = try String(
        contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
      guard let words = line?.split(whereSeparator: \.isWhitespace), let kibibytes = Int(words[1])
      else { throw Program.Failed(description: "no VmRSS of \(process.processIdentifier)") }
      return kibibytes * 1_024
    }
  }
}
