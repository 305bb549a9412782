import RESP

/// From a write until a watching client has the event.
final class Notification: Candidate {
  private let writer: Client
  private let watcher: Client
  private let name: String
  private var turn = 0
  private var isReplyRead = true

  init(_ name: String, from writer: Client, to watcher: Client) throws {
    self.name = name
    self.writer = writer
    self.watcher = watcher
    try writer.ask("SET", "\(name) { v: 0 }")
    try watcher.ask("HELLO", "3")
    try watcher.ask("GET", name, "TRIGGER", "SET", "PERSIST")
  }

  func prepare() throws {
    if !isReplyRead { _ = try writer.receive() }
    isReplyRead = true
  }

  func once() throws {
    turn += 1
    isReplyRead = false
    try writer.send(command(["SET", "\(name) { v: \(turn) }"]))
    _ = try watcher.receive()
  }
}
