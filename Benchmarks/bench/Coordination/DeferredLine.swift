import RESP

/// Members on one connection: their waits are deferred, and each is told by a push.
final class DeferredLine: Line {
  let count: Int
  private let client: Client
  private let asks: [[UInt8]]
  private let gives: [[UInt8]]
  /// Whether the answer to UNLOCK came before the push.
  private var isForgotten = false

  init(at socket: String, members: Int) throws {
    count = members
    client = try Client(socket)
    try client.ask("HELLO", "3")
    asks = (0..<members).map {
      command(["LOCK", "shared", "AS", "\($0)", "DEFER", "\($0)"])
    }
    gives = (0..<members).map { command(["UNLOCK", "shared", "AS", "\($0)"]) }
  }

  func ask(_ member: Int) throws {
    try client.send(asks[member])
    _ = try client.receive()
  }

  func learn(_ member: Int) throws {
    while true {
      guard case .push(let values) = try client.receive() else {
        isForgotten = true
        continue
      }
      precondition(values[1] == .bulk(Array("\(member)".utf8)), "a push for another")
      return
    }
  }

  func release(_ holder: Int) throws { try client.send(gives[holder]) }

  func forget(_ holder: Int) throws {
    if !isForgotten { _ = try client.receive() }
    isForgotten = false
  }

  /// QUEUED was the answer.
  func settle() {}
}
