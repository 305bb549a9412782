import BenchmarkResults
import Foundation
import RESP

// The price of a journal: changes, the start, and the wait of others while a new base is written.

extension Workload {
  static let durability = [
    Workload("durable.redis") { context in
      var rows: [WorkloadResult] = []
      for (name, durability) in [("second", Server.Durability.second), ("always", .always)] {
        let pair = try ServerPair(context, keeping: durability)
        try pair.fill(context)
        for (connections, depth) in [(1, 1), (1, 16), (50, 1), (50, 16)] {
          let rate = durability == .second ? (connections == 1 ? 40_000 : 80_000) : 4_000
          let count = max(
            200, Int(Double(rate * (depth == 1 ? 1 : 6)) * context.sampling.serverSeconds))
          let samples = try pair.alternate(context) { kind in
            try redisBenchmark(
              pair.socket(kind), connections, depth, count, core: 1,
              ServerPair.set(kind, "__rand_int__"))
          }
          rows.append(
            context.row(
              "durable.redis.\(name)", ["connections": connections, "depth": depth],
              samples.octopus, beside: samples.redis))
        }
      }
      return rows
    },
    Workload("durable.etcd") { context in
      let octopus = try Server(.octopus(program: context.octopusd, keeping: .always))
      let etcd = try Server(.etcd(onDisk: true))
      return try [1, 50].map { connections in
        let ours = try (0..<connections).map { _ in try Client(octopus.socket) }
        let theirs = try (0..<connections).map { _ in try GRPC(etcd.address) }
        var runs: (octopus: [Double], etcd: [Double]) = ([], [])
        let seconds = context.sampling.serverSeconds
        for _ in 0..<context.sampling.runs {
          runs.octopus.append(try setsInRounds(ours, seconds))
          runs.etcd.append(try putsInRounds(theirs, seconds))
        }
        return context.row(
          "durable.etcd", ["connections": connections], Samples(runs.octopus),
          beside: Samples(runs.etcd))
      }
    },
    Workload("durable.start") { context in
      let count = min(1_000_000, context.sampling.largest)
      let pair = try ServerPair(context, .ordinary, keeping: .second)
      for kind in ServerPair.Kind.allCases {
        try Client(pair.socket(kind)).load(count) { ServerPair.set(kind, digits($0)) }
      }
      // Both have written their state once, and begin with that.
      try Client(pair.octopus.socket).ask("BACKUP")
      let redis = try Client(pair.redis.socket)
      try redis.ask("BGREWRITEAOF")
      while case .bulk(let text) = try redis.ask("INFO", "persistence"),
        !String(decoding: text, as: UTF8.self).contains("aof_rewrite_in_progress:0")
      {
        usleep(100_000)
      }
      var starts: (octopus: [Double], redis: [Double]) = ([], [])
      for _ in 0..<context.sampling.runs {
        try pair.octopus.restart()
        try pair.redis.restart()
        starts.octopus.append(pair.octopus.startSeconds)
        starts.redis.append(pair.redis.startSeconds)
      }
      return [
        context.row(
          "durable.start", ["records": count], Samples(starts.octopus),
          beside: Samples(starts.redis))
      ]
    },
    Workload("durable.base") { context in
      let count = min(1_000_000, context.sampling.largest)
      let server = try Server(
        .octopus(program: context.octopusd, keeping: .second), .preferred)
      let client = try Client(server.socket)
      try client.load(count) { ServerPair.set(.octopus, digits($0)) }
      let pinger = Pinger(at: server.socket)
      var runs: (seconds: [Double], waits: [Double], quiet: [Double]) = ([], [], [])
      for _ in 0..<context.sampling.runs {
        _ = try pinger.takeWorst()
        let begin = ContinuousClock.now
        try client.ask("BACKUP")
        let seconds = begin.duration(to: .now).seconds
        runs.seconds.append(seconds)
        runs.waits.append(try pinger.takeWorst())
        // The same without a base: the machine holds a client up, too.
        usleep(UInt32(seconds * 1e6))
        runs.quiet.append(try pinger.takeWorst())
      }
      return [
        context.row("durable.base.time", ["records": count], Samples(runs.seconds)),
        context.row("durable.base.wait", ["records": count], Samples(runs.waits)),
        context.row("durable.base.quiet", ["records": count], Samples(runs.quiet)),
      ]
    },
  ]

  /// Changes a second: each client sends one, and then the replies of all are awaited.
  private static func setsInRounds(_ clients: [Client], _ seconds: Double) throws -> Double {
    var number = 0
    return try roundsPerSecond(seconds) {
      for client in clients {
        number += 1
        try client.send(command(ServerPair.set(.octopus, digits(number % ServerPair.records))))
      }
      for client in clients { _ = try client.receive() }
    } * Double(clients.count)
  }

  private static func putsInRounds(_ clients: [GRPC], _ seconds: Double) throws -> Double {
    var number = 0
    return try roundsPerSecond(seconds) {
      let calls = try clients.map { client in
        number += 1
        let words = ServerPair.set(.redis, digits(number % ServerPair.records))
        return try client.begin(
          "/etcdserverpb.KV/Put",
          Message().with(1, Array(words[1].utf8)).with(2, Array(words[2].utf8)))
      }
      for (client, call) in zip(clients, calls) { _ = try client.answer(to: call) }
    } * Double(clients.count)
  }

  private static func roundsPerSecond(_ seconds: Double, _ round: () throws -> Void) rethrows
    -> Double
  {
    let begin = ContinuousClock.now
    var (rounds, taken) = (0, 0.0)
    while taken < seconds {
      try round()
      rounds += 1
      taken = begin.duration(to: .now).seconds
    }
    return Double(rounds) / taken
  }
}
