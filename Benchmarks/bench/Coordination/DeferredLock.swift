import RESP

/// All members on one connection: their waits are deferred, and grants come as pushes.
final class DeferredLock: ContendedLock {
  let count: Int
  private let client: Client
  private let asks: [[UInt8]]
  private let gives: [[UInt8]]
  /// Whether the reply to UNLOCK came before the push.
  private var isReleaseAnswered = false

  init(at socket: String, members: Int) throws {
    count = members
    client = try Client(socket)
    try client.ask("HELLO", "3")
    asks = (0..<members).map {
      command(["LOCK", "shared", "AS", "\($0)", "DEFER", "\($0)"])
    }
    gives = (0..<members).map { command(["UNLOCK", "shared", "AS", "\($0)"]) }
  }

  func acquire(_ member: Int) throws {
    try client.send(asks[member])
    _ = try client.receive()
  }

  func awaitGrant(_ member: Int) throws {
    while true {
      guard case .push(let values) = try client.receive() else {
        isReleaseAnswered = true
        continue
      }
      precondition(values[1] == .bulk(Array("\(member)".utf8)), "a push for another")
      return
    }
  }

  func release(_ holder: Int) throws { try client.send(gives[holder]) }

  func awaitRelease(_ holder: Int) throws {
    if !isReleaseAnswered { _ = try client.receive() }
    isReleaseAnswered = false
  }

  /// The reply was QUEUED.
  func awaitQueued() {}
}
