import RESP

/// All members enter a barrier, and all leave it.
final class BarrierRound: Candidate {
  private let clients: [Client]
  /// Each member's commands to enter and to leave, and the number of replies to either.
  private let halves: [[UInt8]]
  private let replies: Int

  /// Of Octopus.
  init(octopus socket: String, parties: Int) throws {
    clients = try (0..<parties).map { _ in try Client(socket) }
    halves = [
      command(["BARRIER", "ENTER", "start", "\(parties)"]), command(["BARRIER", "LEAVE", "start"]),
    ]
    replies = 1
  }

  /// Of Redis: the last member to enter puts a token for each into a list, and each takes one.
  init(redis socket: String, parties: Int) throws {
    clients = try (0..<parties).map { _ in try Client(socket) }
    let tokens = [String](repeating: "'token'", count: parties).joined(separator: ",")
    let sum = try clients[0].load(
      """
      if redis.call('incr',KEYS[1]) == \(parties) then
        redis.call('del',KEYS[1]) redis.call('rpush',KEYS[2],\(tokens))
      end
      """)
    halves = ["enter", "leave"].map {
      command(["EVALSHA", sum, "2", "\($0)ing", $0]) + command(["BLPOP", $0, "0"])
    }
    replies = 2
  }

  func once() throws {
    for half in halves {
      for client in clients { try client.send(half) }
      for client in clients {
        for _ in 0..<replies { _ = try client.receive() }
      }
    }
  }
}
