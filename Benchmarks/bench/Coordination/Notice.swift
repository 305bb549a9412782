import RESP

/// From a write until one who watches knows.
final class Notice: Contender {
  private let writer: Client
  private let watcher: Client
  private let name: String
  private var turn = 0
  private var isAnswered = true

  init(_ name: String, from writer: Client, to watcher: Client) throws {
    self.name = name
    self.writer = writer
    self.watcher = watcher
    try writer.ask("SET", "\(name) { v: 0 }")
    try watcher.ask("HELLO", "3")
    try watcher.ask("GET", name, "TRIGGER", "SET", "PERSIST")
  }

  func prepare() throws {
    if !isAnswered { _ = try writer.receive() }
    isAnswered = true
  }

  func once() throws {
    turn += 1
    isAnswered = false
    try writer.send(command(["SET", "\(name) { v: \(turn) }"]))
    _ = try watcher.receive()
  }
}
