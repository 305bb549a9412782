import BenchmarkResults

// Requests in a second, both servers driven by redis-benchmark.

extension Workload {
  static let servers = [
    Workload("redis.throughput") { setting in
      let pair = try Pair(setting)
      try pair.fill(setting)
      var rows: [Row] = []
      for cores in [1, 2] {
        for (name, words) in [("get", Pair.get), ("set", Pair.set)] {
          for connections in [1, 50] {
            for depth in [1, 16] {
              // About as many as a second takes.
              let rate = (connections == 1 ? 40_000 : 80_000) * (depth == 1 ? 1 : 7)
              let count = max(200, Int(Double(rate) * setting.effort.serverSeconds))
              let figures = try pair.alternate(setting) { kind in
                try redisBenchmark(
                  pair.socket(kind), connections, depth, count, core: cores - 1,
                  words(kind, "__rand_int__"))
              }
              rows.append(
                setting.row(
                  "redis.\(name)", ["connections": connections, "cores": cores, "depth": depth],
                  figures.octopus, beside: figures.redis))
            }
          }
        }
      }
      return rows
    },
    publish, latency,
  ]

  /// Requests in a second.
  private static func redisBenchmark(
    _ socket: String, _ connections: Int, _ depth: Int, _ count: Int, core: Int, _ words: [String]
  ) throws -> Double {
    let arguments = [
      "-s", socket, "-c", "\(connections)", "-P", "\(depth)", "-n", "\(count)", "-r",
      "\(Pair.records)", "--csv",
    ]
    let output = try Program("redis-benchmark", arguments + words).pinned(to: core).output()
    // "test","rps","avg_latency_ms",… of which the test's name is what we gave.
    let fields = output.split(separator: "\n").last?.split(separator: ",") ?? []
    guard fields.count >= 8, let rate = Double(fields[fields.count - 7].filter { $0 != "\"" })
    else {
      throw Program.Failed(description: "redis-benchmark says: \(output)")
    }
    return rate
  }
}
