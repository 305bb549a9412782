import Foundation

/// A server on a Unix socket of its own, in a folder of its own, on core 0.
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

  init(_ kind: Kind) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("octopus-bench-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    socket = folder.appendingPathComponent("socket").path
    let begin = ContinuousClock.now
    process =
      switch kind {
      case .octopus(let program):
        try Program.start(
          program, ["--socket", socket, "--state-dir", folder.path, "--log-level", "error"], core: 0
        )
      case .redis:
        try Program.start(
          "redis-server",
          [
            "--save", "", "--appendonly", "no", "--port", "0", "--unixsocket", socket, "--dir",
            folder.path,
          ], core: 0)
      }
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
