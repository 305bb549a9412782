import BenchmarkResults
import Foundation

// Memory for each record, start-up, idle memory, and the size of the executable.

extension Workload {
  static let footprint = [
    Workload("memory") { context in
      let count = min(1_000_000, context.sampling.largest)
      return try [24, 256].map { bytes in
        context.row(
          "memory", ["bytes": bytes, "records": count],
          Samples([try memory(.octopus(program: context.octopusd), count, bytes)]),
          beside: Samples([try memory(.redis(), count, bytes)]))
      }
    },
    Workload("start") { context in
      let redis = URL(fileURLWithPath: try Program.path(of: "redis-server"))
      var starts: (octopus: [Double], redis: [Double]) = ([], [])
      var idle: (octopus: [Double], redis: [Double]) = ([], [])
      for _ in 0..<context.sampling.runs * 2 {
        let pair = try ServerPair(context, .ordinary)
        starts.octopus.append(pair.octopus.startSeconds)
        starts.redis.append(pair.redis.startSeconds)
        idle.octopus.append(Double(try pair.octopus.residentBytes))
        idle.redis.append(Double(try pair.redis.residentBytes))
      }
      return [
        context.row("start.time", [:], Samples(starts.octopus), beside: Samples(starts.redis)),
        context.row("start.memory", [:], Samples(idle.octopus), beside: Samples(idle.redis)),
        context.row(
          "start.file", [:], Samples([try strippedBytes(context.octopusd)]),
          beside: Samples([try strippedBytes(redis.resolvingSymlinksInPath().path)])),
      ]
    },
  ]

  /// The growth of the server in bytes for each record.
  private static func memory(_ kind: Server.Kind, _ count: Int, _ bytes: Int) throws -> Double {
    let server = try Server(kind)
    let client = try Client(server.socket)
    let before = try server.residentBytes
    let isOctopus = if case .octopus = kind { true } else { false }
    try client.load(count) { number in
      let name = "object\(number)"
      let padding = String(repeating: "x", count: max(0, bytes - 2 * name.utf8.count - 12))
      let body = "{ attr: '\(padding)\(name)' }"
      return ["SET", name, body]
    }
    if isOctopus {
      // Indexes are built when they are first used.
      try client.ask("GET", "_ { attr: 'object77' }")
      try client.ask("FIND", "_ { attr >= 'object77', attr < 'object78' }", "LIMIT", "100")
      try client.ask("NAMES", "r'^object77'", "LIMIT", "100")
    }
    return Double(try server.residentBytes - before) / Double(count)
  }

  /// The size of a program without symbols, as it is installed.
  private static func strippedBytes(_ program: String) throws -> Double {
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("octopus-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: copy) }
    _ = try Program("strip", ["-o", copy.path, program]).output()
    let attributes = try FileManager.default.attributesOfItem(atPath: copy.path)
    return Double(attributes[.size] as? Int ?? 0)
  }
}
