import BenchmarkResults

// Requests a second, with redis-benchmark as the client of both servers.

extension Workload {
  static let servers = [
    Workload("redis.throughput") { context in
      let pair = try ServerPair(context)
      try pair.fill(context)
      var rows: [WorkloadResult] = []
      for cores in [1, 2] {
        for (name, words) in [("get", ServerPair.get), ("set", ServerPair.set)] {
          for connections in [1, 50] {
            for depth in [1, 16] {
              // About as many as fit into a second.
              let rate = (connections == 1 ? 40_000 : 80_000) * (depth == 1 ? 1 : 7)
              let count = max(200, Int(Double(rate) * context.sampling.serverSeconds))
              let samples = try pair.alternate(context) { kind in
                try redisBenchmark(
                  pair.socket(kind), connections, depth, count, core: cores - 1,
                  words(kind, "__rand_int__"))
              }
              rows.append(
                context.row(
                  "redis.\(name)", ["connections": connections, "cores": cores, "depth": depth],
                  samples.octopus, beside: samples.redis))
            }
          }
        }
      }
      return rows
    },
    publish, latency,
  ]

  /// Requests a second.
  static func redisBenchmark(
    _ socket: String, _ connections: Int, _ depth: Int, _ count: Int, core: Int, _ words: [String]
  ) throws -> Double {
    let arguments = [
      "-s", socket, "-c", "\(connections)", "-P", "\(depth)", "-n", "\(count)", "-r",
      "\(ServerPair.records)", "--csv",
    ]
    let output = try Program("redis-benchmark", arguments + words).pinned(to: core).output()
    // "test","rps","avg_latency_ms",… where the test's name is the command.
    let fields = output.split(separator: "\n").last?.split(separator: ",") ?? []
    guard fields.count >= 8, let rate = Double(fields[fields.count - 7].filter { $0 != "\"" })
    else {
      throw Program.Failed(description: "redis-benchmark says: \(output)")
    }
    return rate
  }
}
