import CSpawn
import Glibc
import OctopusSystem

/// A program in a pseudo-terminal: the test types, and reads the screen.
final class Terminal: Sendable {
  let process: Process
  private let master: CInt
  private let screen: Mutex<Screen>
  private let received = Mutex<[UInt8]>([])

  init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
    columns: Int = 80, rows: Int = 30
  ) throws {
    var path = [CChar](repeating: 0, count: 128)
    master = spawn_terminal(&path, path.count, CInt(columns), CInt(rows))
    guard master >= 0 else { throw Failure("no pseudo-terminal") }
    screen = Mutex(Screen(columns: columns, rows: rows))
    let name = String(decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    process = try Process(
      program, arguments, environment: ["TERM": "xterm"].merging(environment) { $1 },
      streams: .terminal(name))
  }

  deinit { close(master) }

  /// Presses keys: letters stand for themselves, `\n` for Enter, `\t` for Tab.
  func type(_ keys: String) {
    let bytes = Array(keys.map { $0 == "\n" ? "\r" : $0 }.flatMap { String($0).utf8 })
    _ = write(master, bytes, bytes.count)
  }

  /// All that it was sent.
  var sent: String { String(decoding: received.withLock { $0 }, as: UTF8.self) }
  var lines: [String] { screen.withLock { $0.lines } }
  var hasColour: Bool { screen.withLock { $0.hasColour } }
  var hasEscapes: Bool { screen.withLock { $0.hasEscapes } }
  var unknownSequences: [String] { screen.withLock { $0.unknown } }

  /// Waits until the screen is as it should be; throws with the screen if it does not come to that.
  func expect(_ what: String, _ isThere: @escaping @Sendable (Screen) -> Bool) async throws {
    let isSeen = await blocking { [self] in
      let deadline = now() + patience
      while !isThere(screen.withLock { $0 }) {
        guard waitReadable(master, until: deadline), readMore() else {
          return isThere(screen.withLock { $0 })
        }
      }
      return true
    }
    guard isSeen else {
      throw Failure("not seen: \(what). The screen:\n" + lines.joined(separator: "\n"))
    }
  }

  /// Waits for a line that contains `text`.
  func expect(_ text: String) async throws {
    try await expect("a line with '\(text)'") { $0.lines.contains { $0.contains(text) } }
  }

  /// Waits for a line that contains `text`, and then for the prompt.
  func expectAnswer(_ text: String) async throws {
    try await expect("'\(text)', and a prompt") { screen in
      screen.lines.contains { $0.contains(text) } && screen.currentLine == "octopus>"
    }
  }

  /// Waits until the line with the cursor is `text`.
  func expectLine(_ text: String) async throws {
    try await expect("the line '\(text)' under the cursor") { $0.currentLine == text }
  }

  /// Reads until the program ends.
  func status() async throws -> Process.Status {
    let isEnded = await blocking { [self] in
      let deadline = now() + patience
      while waitReadable(master, until: deadline) { if !readMore() { return true } }
      return false
    }
    guard isEnded else {
      throw Failure("it does not end. The screen:\n" + lines.joined(separator: "\n"))
    }
    return await process.wait()
  }

  /// False once the program has ended: the terminal is closed then.
  private func readMore() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(master, &chunk, chunk.count)
    guard count > 0 else { return false }
    received.withLock { $0 += chunk[..<count] }
    screen.withLock { $0.feed(chunk[..<count]) }
    return true
  }
}
