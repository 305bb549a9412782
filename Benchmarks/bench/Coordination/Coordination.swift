import BenchmarkResults

// Locks, semaphores and barriers, beside recipes for Redis and the locks of other servers.

extension Workload {
  static let coordination = [
    Workload("coordination.lock") { context in
      let servers = try LockServers(context)
      let candidates = try servers.locks(members: 1, Uncontended.init)
      let recipe = try Recipe.setNX(Client(servers.redis.socket))
      let setNX = Uncontended(try RESPLock(recipe, at: servers.redis.socket, members: 1))
      return try onOneAndTwoCores {
        try context.compare("coordination.lock", ["cores": $0], candidates + [("setnx", setNX)])
      }
    },
    Workload("coordination.handover") { context in
      try context.sizes([1, 8, 100, 1_000]).flatMap { waiters in
        // New servers each time, without remains of other queues.
        let servers = try LockServers(context)
        let candidates = try servers.locks(members: waiters + 1, HandOver.init)
        let polling = try PollingHandOver(at: servers.redis.socket, members: waiters + 1)
        return try onOneAndTwoCores {
          try context.compare(
            "coordination.handover", ["cores": $0, "waiters": waiters],
            candidates + [("setnx", polling)])
        }
      }
    },
    Workload("coordination.deferred") { context in
      try context.sizes([8, 100, 1_000, 10_000]).flatMap { waiters in
        let server = try Server(.octopus(program: context.octopusd))
        let handOver = try HandOver(DeferredLock(at: server.socket, members: waiters + 1))
        return try onOneAndTwoCores {
          try context.compare(
            "coordination.deferred", ["cores": $0, "waiters": waiters], [("octopus", handOver)])
        }
      }
    },
    Workload("coordination.semaphore") { context in
      try ([0] + context.sizes([8, 1_000])).flatMap { waiters in
        let pair = try ServerPair(context)
        let candidates = try ServerPair.Kind.allCases.map { kind -> (String, any Candidate) in
          let recipe = kind == .octopus ? Recipe.semaphore("pool") : .tokens("pool")
          let lock = try RESPLock(recipe, at: pair.socket(kind), members: waiters + 1)
          return (
            kind == .octopus ? "octopus" : "list",
            waiters == 0 ? Uncontended(lock) : try HandOver(lock)
          )
        }
        return try onOneAndTwoCores {
          try context.compare(
            "coordination.semaphore", ["cores": $0, "waiters": waiters], candidates)
        }
      }
    },
    Workload("coordination.barrier") { context in
      let pair = try ServerPair(context)
      let parties = 8
      let candidates: [(String, any Candidate)] = [
        ("octopus", try BarrierRound(octopus: pair.octopus.socket, parties: parties)),
        ("list", try BarrierRound(redis: pair.redis.socket, parties: parties)),
      ]
      return try onOneAndTwoCores {
        try context.compare("coordination.barrier", ["cores": $0, "parties": parties], candidates)
      }
    },
    Workload("coordination.loops") { context in
      let server = try Server(.octopus(program: context.octopusd, loops: 2))
      let handOvers = try LoopChoice.allCases.map { choice in
        let clients = try choice.clients(server.socket)
        return (
          choice.rawValue,
          try HandOver(
            RESPLock(
              .lock(choice.rawValue), clients, observers: LoopChoice.across.clients(server.socket)))
        )
      }
      let notifications = try LoopChoice.allCases.map { choice in
        let clients = try choice.clients(server.socket)
        return (
          choice.rawValue, try Notification(choice.rawValue, from: clients[0], to: clients[1])
        )
      }
      return try onOneAndTwoCores {
        try context.compare("coordination.loops.handover", ["cores": $0], handOvers)
          + context.compare("coordination.loops.notify", ["cores": $0], notifications)
      }
    },
  ]
}

/// Runs with the client on the servers' core, then on the other.
private func onOneAndTwoCores(_ rows: (Int) throws -> [WorkloadResult]) throws -> [WorkloadResult] {
  defer { unpin() }
  return try [1, 2].flatMap { cores in
    try pin(to: cores - 1)
    return try rows(cores)
  }
}

/// All servers that have locks, or a recipe for them.
private struct LockServers {
  let octopus: Server
  let redis: Server
  let etcd: Server
  let zooKeeper: Server

  init(_ context: Context) throws {
    octopus = try Server(.octopus(program: context.octopusd))
    redis = try Server(.redis())
    etcd = try Server(.etcd())
    zooKeeper = try Server(.zooKeeper)
    // Until Java has compiled what runs often, figures say little about ZooKeeper.
    let lock = try ZooKeeperLock(at: zooKeeper.address, name: "warm", members: 2)
    _ = try HandOver(lock).run(for: context.sampling.serverSeconds * 3)
  }

  /// A lock with n members on each server, as the candidates to compare.
  func locks(
    members: Int, _ candidate: (any ContendedLock) throws -> any Candidate
  ) throws -> [(String, any Candidate)] {
    [
      ("octopus", try candidate(RESPLock(.lock("print"), at: octopus.socket, members: members))),
      ("list", try candidate(RESPLock(.tokens("print"), at: redis.socket, members: members))),
      ("etcd", try candidate(EtcdLock(at: etcd.address, name: "print", members: members))),
      (
        "zookeeper",
        try candidate(ZooKeeperLock(at: zooKeeper.address, name: "print", members: members))
      ),
    ]
  }
}

/// Two connections of a server with two event loops.
private enum LoopChoice: String, CaseIterable {
  /// On different loops; compared with `same`.
  case across
  case same

  func clients(_ socket: String) throws -> [Client] {
    var clients: [[Client]] = [[], []]
    func isEnough() -> Bool {
      self == .same ? clients[0].count > 1 : !clients.contains { $0.isEmpty }
    }
    while !isEnough() {
      let client = try Client(socket)
      // The parity of a client's number gives its loop.
      guard case .integer(let id) = try client.ask("CLIENT", "ID") else { continue }
      clients[Int(id % 2)].append(client)
    }
    return self == .same ? Array(clients[0].prefix(2)) : [clients[0][0], clients[1][0]]
  }
}
