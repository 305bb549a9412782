import BenchmarkResults

// Locks, semaphores and barriers, beside the recipes of Redis and the locks of others.

extension Workload {
  static let coordination = [
    Workload("coordination.lock") { setting in
      let peers = try Peers(setting)
      let contenders = try peers.lines(members: 1, Uncontended.init)
      let recipe = try Recipe.setNX(Client(peers.redis.socket))
      let setNX = Uncontended(try RESPLine(recipe, at: peers.redis.socket, members: 1))
      return try onOneAndTwoCores {
        try setting.compare("coordination.lock", ["cores": $0], contenders + [("setnx", setNX)])
      }
    },
    Workload("coordination.handover") { setting in
      try setting.sizes([1, 8, 100, 1_000]).flatMap { waiters in
        // New servers each time: nothing is left of other lines.
        let peers = try Peers(setting)
        let contenders = try peers.lines(members: waiters + 1, HandOver.init)
        let polling = try Polling(at: peers.redis.socket, members: waiters + 1)
        return try onOneAndTwoCores {
          try setting.compare(
            "coordination.handover", ["cores": $0, "waiters": waiters],
            contenders + [("setnx", polling)])
        }
      }
    },
    Workload("coordination.deferred") { setting in
      try setting.sizes([8, 100, 1_000, 10_000]).flatMap { waiters in
        let server = try Server(.octopus(program: setting.octopusd))
        let line = try HandOver(DeferredLine(at: server.socket, members: waiters + 1))
        return try onOneAndTwoCores {
          try setting.compare(
            "coordination.deferred", ["cores": $0, "waiters": waiters], [("octopus", line)])
        }
      }
    },
    Workload("coordination.semaphore") { setting in
      try ([0] + setting.sizes([8, 1_000])).flatMap { waiters in
        let pair = try Pair(setting)
        let contenders = try Pair.Keyed.allCases.map { kind -> (String, any Contender) in
          let recipe = kind == .octopus ? Recipe.semaphore("pool") : .tokens("pool")
          let line = try RESPLine(recipe, at: pair.socket(kind), members: waiters + 1)
          return (
            kind == .octopus ? "octopus" : "list",
            waiters == 0 ? Uncontended(line) : try HandOver(line)
          )
        }
        return try onOneAndTwoCores {
          try setting.compare(
            "coordination.semaphore", ["cores": $0, "waiters": waiters], contenders)
        }
      }
    },
    Workload("coordination.barrier") { setting in
      let pair = try Pair(setting)
      let parties = 8
      let contenders: [(String, any Contender)] = [
        ("octopus", try Round(octopus: pair.octopus.socket, parties: parties)),
        ("list", try Round(redis: pair.redis.socket, parties: parties)),
      ]
      return try onOneAndTwoCores {
        try setting.compare("coordination.barrier", ["cores": $0, "parties": parties], contenders)
      }
    },
    Workload("coordination.loops") { setting in
      let server = try Server(.octopus(program: setting.octopusd, loops: 2))
      let handOvers = try LoopChoice.allCases.map { choice in
        let clients = try choice.clients(server.socket)
        return (
          choice.rawValue,
          try HandOver(
            RESPLine(
              .lock(choice.rawValue), clients, onlookers: LoopChoice.across.clients(server.socket)))
        )
      }
      let notices = try LoopChoice.allCases.map { choice in
        let clients = try choice.clients(server.socket)
        return (
          choice.rawValue, try Notice(choice.rawValue, from: clients[0], to: clients[1])
        )
      }
      return try onOneAndTwoCores {
        try setting.compare("coordination.loops.handover", ["cores": $0], handOvers)
          + setting.compare("coordination.loops.notify", ["cores": $0], notices)
      }
    },
  ]
}

/// Once with the client on the servers' core, once on the other.
private func onOneAndTwoCores(_ rows: (Int) throws -> [Row]) throws -> [Row] {
  defer { unpin() }
  return try [1, 2].flatMap { cores in
    try pin(to: cores - 1)
    return try rows(cores)
  }
}

/// All who have locks, or a recipe for them.
private struct Peers {
  let octopus: Server
  let redis: Server
  let etcd: Server
  let zooKeeper: Server

  init(_ setting: Setting) throws {
    octopus = try Server(.octopus(program: setting.octopusd))
    redis = try Server(.redis)
    etcd = try Server(.etcd)
    zooKeeper = try Server(.zooKeeper)
    // Java compiles what it has seen often; before that it says little about ZooKeeper.
    let line = try ZooKeeperLine(at: zooKeeper.address, name: "warm", members: 2)
    _ = try HandOver(line).run(for: setting.effort.serverSeconds * 3)
  }

  /// So many members at each, and what is to be done with them.
  func lines(
    members: Int, _ contender: (any Line) throws -> any Contender
  ) throws -> [(String, any Contender)] {
    [
      ("octopus", try contender(RESPLine(.lock("print"), at: octopus.socket, members: members))),
      ("list", try contender(RESPLine(.tokens("print"), at: redis.socket, members: members))),
      ("etcd", try contender(EtcdLine(at: etcd.address, name: "print", members: members))),
      (
        "zookeeper",
        try contender(ZooKeeperLine(at: zooKeeper.address, name: "print", members: members))
      ),
    ]
  }
}

/// Two connections of a server with two event loops.
private enum LoopChoice: String, CaseIterable {
  /// On different loops; this is what is measured beside the other.
  case across
  case same

  func clients(_ socket: String) throws -> [Client] {
    var clients: [[Client]] = [[], []]
    func isEnough() -> Bool {
      self == .same ? clients[0].count > 1 : !clients.contains { $0.isEmpty }
    }
    while !isEnough() {
      let client = try Client(socket)
      // A client's number tells its loop.
      guard case .integer(let id) = try client.ask("CLIENT", "ID") else { continue }
      clients[Int(id % 2)].append(client)
    }
    return self == .same ? Array(clients[0].prefix(2)) : [clients[0][0], clients[1][0]]
  }
}
