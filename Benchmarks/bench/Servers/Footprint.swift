import BenchmarkResults
import Foundation

// What the server itself costs: memory for each record, start-up, idle memory, its file.

extension Workload {
  static let footprint = [
    Workload("memory") { setting in
      let count = min(1_000_000, setting.effort.largest)
      return try [24, 256].map { bytes in
        setting.row(
          "memory", ["bytes": bytes, "records": count],
          Figure([try memory(.octopus(program: setting.octopusd), count, bytes)]),
          beside: Figure([try memory(.redis, count, bytes)]))
      }
    },
    Workload("start") { setting in
      let redis = URL(fileURLWithPath: try Program.path(of: "redis-server"))
      var starts: (octopus: [Double], redis: [Double]) = ([], [])
      var idle: (octopus: [Double], redis: [Double]) = ([], [])
      for _ in 0..<setting.effort.runs * 2 {
        let pair = try Pair(setting, isPinned: false)
        starts.octopus.append(pair.octopus.startSeconds)
        starts.redis.append(pair.redis.startSeconds)
        idle.octopus.append(Double(try pair.octopus.residentBytes))
        idle.redis.append(Double(try pair.redis.residentBytes))
      }
      return [
        setting.row("start.time", [:], Figure(starts.octopus), beside: Figure(starts.redis)),
        setting.row("start.memory", [:], Figure(idle.octopus), beside: Figure(idle.redis)),
        setting.row(
          "start.file", [:], Figure([try strippedBytes(setting.octopusd)]),
          beside: Figure([try strippedBytes(redis.resolvingSymlinksInPath().path)])),
      ]
    },
  ]

  /// Bytes for each record: what the server has grown by.
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
      // Whatever an index does only when it is first used, it has done.
      try client.ask("GET", "_ { attr: 'object77' }")
      try client.ask("FIND", "_ { attr >= 'object77', attr < 'object78' }", "LIMIT", "100")
      try client.ask("NAMES", "r'^object77'", "LIMIT", "100")
    }
    return Double(try server.residentBytes - before) / Double(count)
  }

  /// Of a program's file without symbols, as it is installed.
  private static func strippedBytes(_ program: String) throws -> Double {
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("octopus-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: copy) }
    _ = try Program("strip", ["-o", copy.path, program]).output()
    let attributes = try FileManager.default.attributesOfItem(atPath: copy.path)
    return Double(attributes[.size] as? Int ?? 0)
  }
}
