import RESP

/// How one takes and gives back in commands of the Redis protocol.
struct Recipe {
  /// What one member has to say beforehand.
  var before: [[String]] = []
  var take: [String]
  var give: [String]

  static func lock(_ name: String) -> Recipe {
    Recipe(take: ["LOCK", name], give: ["UNLOCK", name])
  }

  static func semaphore(_ name: String) -> Recipe {
    Recipe(
      before: [["SEM", "NEW", name, "1"]], take: ["SEM", "WAIT", name], give: ["SEM", "POST", name])
  }

  /// Redis: a list with a token in it.
  static func tokens(_ key: String) -> Recipe {
    Recipe(
      before: [["LPUSH", key, "token"]], take: ["BLPOP", key, "0"], give: ["LPUSH", key, "token"])
  }

  /// Redis: a key with a time limit; it is deleted by whoever set it. Who does not get it asks again.
  static func setNX(_ client: Client) throws -> Recipe {
    let sum = try client.load(
      """
      if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end
      """)
    return Recipe(
      take: ["SET", "held", "me", "NX", "PX", "30000"], give: ["EVALSHA", sum, "1", "held", "me"])
  }
}

extension Client {
  /// A script's checksum, by which it can be called.
  func load(_ script: String) throws -> String {
    guard case .bulk(let sum) = try ask("SCRIPT", "LOAD", script) else { throw Wire.Failed.closed }
    return String(decoding: sum, as: UTF8.self)
  }
}

/// Members on connections of their own, whose requests to take are answered when they have it.
final class RESPLine: Line {
  private let clients: [Client]
  /// One on each event loop of the server.
  private let onlookers: [Client]
  private let take: [UInt8]
  private let give: [UInt8]

  init(_ recipe: Recipe, _ clients: [Client], onlookers: [Client]) throws {
    self.clients = clients
    self.onlookers = onlookers
    take = command(recipe.take)
    give = command(recipe.give)
    for words in recipe.before { try clients[0].ask(words) }
  }

  convenience init(_ recipe: Recipe, at socket: String, members: Int) throws {
    try self.init(
      recipe, (0..<members).map { _ in try Client(socket) }, onlookers: [Client(socket)])
  }

  var count: Int { clients.count }
  func ask(_ member: Int) throws { try clients[member].send(take) }

  func learn(_ member: Int) throws {
    if case .null = try clients[member].receive() { throw Wire.Failed.closed }
  }

  func release(_ holder: Int) throws { try clients[holder].send(give) }
  func forget(_ holder: Int) throws { _ = try clients[holder].receive() }

  /// A server answers in the order in which it is asked.
  func settle() throws { for onlooker in onlookers { try onlooker.ask("PING") } }
}
