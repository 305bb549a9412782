import RESP

/// A lock in commands of the Redis protocol.
struct Recipe {
  /// The commands that set it up.
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

  /// Redis: a key with a time limit, deleted by the client that set it. The others ask again.
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
  /// Loads a script; returns the checksum by which it can be called.
  func load(_ script: String) throws -> String {
    guard case .bulk(let sum) = try ask("SCRIPT", "LOAD", script) else { throw Wire.Failed.closed }
    return String(decoding: sum, as: UTF8.self)
  }
}

/// A connection for each member; the reply to its request is the grant.
final class RESPLock: ContendedLock {
  private let clients: [Client]
  /// A connection on each event loop of the server.
  private let observers: [Client]
  private let take: [UInt8]
  private let give: [UInt8]

  init(_ recipe: Recipe, _ clients: [Client], observers: [Client]) throws {
    self.clients = clients
    self.observers = observers
    take = command(recipe.take)
    give = command(recipe.give)
    for words in recipe.before { try clients[0].ask(words) }
  }

  convenience init(_ recipe: Recipe, at socket: String, members: Int) throws {
    try self.init(
      recipe, (0..<members).map { _ in try Client(socket) }, observers: [Client(socket)])
  }

  var count: Int { clients.count }
  func acquire(_ member: Int) throws { try clients[member].send(take) }

  func awaitGrant(_ member: Int) throws {
    if case .null = try clients[member].receive() { throw Wire.Failed.closed }
  }

  func release(_ holder: Int) throws { try clients[holder].send(give) }
  func awaitRelease(_ holder: Int) throws { _ = try clients[holder].receive() }

  /// A loop answers in the order in which requests reach it.
  func awaitQueued() throws { for observer in observers { try observer.ask("PING") } }
}
