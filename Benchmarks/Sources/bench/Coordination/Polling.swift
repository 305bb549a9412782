import RESP

/// Hand-over among those who ask again as soon as they hear that they did not get it: nobody who
/// polls could get it sooner, whatever that costs.
final class Polling: Contender {
  private let clients: [Client]
  private let take: [UInt8]
  private let give: [UInt8]
  private var holder = 0
  /// Whose answer is heard next: the server answers in turn, for so they ask.
  private var turn = 0
  /// Who has released it and not yet heard the answer.
  private var former: Int?

  init(at socket: String, members: Int) throws {
    clients = try (0..<members).map { _ in try Client(socket) }
    let recipe = try Recipe.setNX(clients[0])
    take = command(recipe.take)
    give = command(recipe.give)
    for (member, client) in clients.enumerated() {
      try client.send(take)
      if member == 0 { _ = try client.receive() }
    }
  }

  /// Whoever held it before asks again; then everybody, once more.
  func prepare() throws {
    if let former {
      _ = try clients[former].receive()
      try clients[former].send(take)
    }
    former = nil
    for _ in clients { _ = try hear() }
  }

  func once() throws {
    former = holder
    try clients[holder].send(give)
    while true {
      guard let winner = try hear() else { continue }
      holder = winner
      return
    }
  }

  /// Hears one answer: that member got it, or asks again.
  private func hear() throws -> Int? {
    let member = turn
    turn = (turn + 1) % clients.count
    if member == holder || member == former { return nil }
    if try clients[member].receive() != .null { return member }
    try clients[member].send(take)
    return nil
  }
}
