import Glibc
import OctopusSystem

/// What was typed at the prompt, in `$XDG_STATE_HOME/octopus/history`: a line each, oldest first.
///
/// Each line is appended as it is entered, so that prompts side by side keep each other's lines.
struct History {
  /// Lines that are kept; twice as many may stand in the file.
  static let capacity = 1_000

  private let path: String?

  init(path: String? = History.defaultPath()) { self.path = path }

  static func defaultPath() -> String? {
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") {
      return state + "/octopus/history"
    }
    return environment("HOME").map { $0 + "/.local/state/octopus/history" }
  }

  /// The newest lines. Shortens the file when it has grown too long.
  func load() -> [String] {
    guard let path, let text = try? readFile(path, limit: 16 << 20) else { return [] }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map {
      String($0).escaped(keepingLayout: false)
    }
    guard lines.count > 2 * Self.capacity else { return lines.suffix(Self.capacity) }
    let newest = Array(lines.suffix(Self.capacity))
    // To a new file first, so that a crash loses nothing.
    write(newest, to: path + ".new", flags: O_TRUNC)
    rename(path + ".new", path)
    return newest
  }

  func append(_ line: String) {
    guard let path else { return }
    makeDirectory(of: path)
    write([line], to: path, flags: O_APPEND)
  }

  private func write(_ lines: [String], to path: String, flags: CInt) {
    // History is a comfort: where it cannot be kept, nothing is said.
    let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
    guard file >= 0 else { return }
    StandardStream(descriptor: file).write(StyledText(lines.map { $0 + "\n" }.joined()))
    close(file)
  }

  private func makeDirectory(of path: String) {
    for (index, character) in zip(path.indices, path)
    where character == "/" && index > path.startIndex {
      mkdir(String(path[..<index]), 0o700)
    }
  }
}
