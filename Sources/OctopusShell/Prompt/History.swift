import Glibc
import OctopusSystem

/// The lines typed at the prompt, in `$XDG_STATE_HOME/octopus/history`, oldest first.
///
/// Each line is appended as it is entered, so that prompts side by side keep each other's lines.
struct History {
  /// Lines that are kept; twice as many may stand in the file.
  static let capacity = 1_000

  private let path: String?

  init(path: String? = History.defaultPath()) { self.path = path }

  static func defaultPath() -> String? {
    if let state = Environment.process.directory("XDG_STATE_HOME") {
      return state + "/octopus/history"
    }
    return Environment.process["HOME"].map { $0 + "/.local/state/octopus/history" }
  }

  /// The newest lines. Shortens the file when it has grown too long.
  func load() -> [String] {
    guard let path, let text = try? readFile(ByteString(path)) else { return [] }
    let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").map {
      String($0).escaped(keepingLayout: false)
    }
    guard lines.count > 2 * Self.capacity else { return lines.suffix(Self.capacity) }
    let newest = Array(lines.suffix(Self.capacity))
    try? replaceFile(path, with: Array(newest.map { $0 + "\n" }.joined().utf8), mode: 0o600)
    return newest
  }

  func append(_ line: String) {
    // History is a comfort: where it cannot be kept, nothing is said.
    guard let path, let slash = path.lastIndex(of: "/") else { return }
    try? makeDirectory(String(path[..<slash]), mode: 0o700)
    let file = try? Descriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
    try? file?.write(Array((line + "\n").utf8), path: path)
  }
}
