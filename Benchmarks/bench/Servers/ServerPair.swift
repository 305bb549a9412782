import BenchmarkResults
import Foundation

/// Octopus and Redis, one idle while the other is measured, and the same commands for both: a
/// record of 256 bytes by name, and for Redis a string of 256 bytes by key.
struct ServerPair {
  let octopus: Server
  let redis: Server

  init(
    _ context: Context, _ scheduling: Server.Scheduling = .pinned,
    keeping durability: Server.Durability = .nothing
  ) throws {
    octopus = try Server(.octopus(program: context.octopusd, keeping: durability), scheduling)
    redis = try Server(.redis(keeping: durability), scheduling)
  }

  static let valueBytes = 256

  /// SET with a number in name and value: digits, or the placeholder of redis-benchmark.
  static func set(_ kind: Kind, _ number: String) -> [String] {
    let name = "rec_\(number)"
    switch kind {
    case .octopus: return ["SET", padded("\(name) { v: '\(number)", "' }")]
    case .redis: return ["SET", name, padded(number, "")]
    }
  }

  static func get(_ kind: Kind, _ number: String) -> [String] { ["GET", "rec_\(number)"] }

  static func publish(_ kind: Kind, _ number: String) -> [String] {
    switch kind {
    case .octopus: ["PUBLISH", padded("msg { v: '\(number)", "' }")]
    case .redis: ["PUBLISH", "msg", padded(number, "")]
    }
  }

  enum Kind: CaseIterable { case octopus, redis }

  func socket(_ kind: Kind) -> String { kind == .octopus ? octopus.socket : redis.socket }

  /// The number of records in each.
  static let records = 100_000

  func fill(_ context: Context) throws {
    for kind in Kind.allCases {
      let client = try Client(socket(kind))
      try client.load(min(Self.records, context.sampling.largest)) { Self.set(kind, digits($0)) }
    }
  }

  /// Runs both in turn, in alternating order.
  func alternate(
    _ context: Context, _ run: (Kind) throws -> Double
  ) rethrows -> (octopus: Samples, redis: Samples) {
    var runs: [Kind: [Double]] = [:]
    for turn in 0..<context.sampling.runs {
      for kind in turn % 2 == 0 ? Kind.allCases : Kind.allCases.reversed() {
        runs[kind, default: []].append(try run(kind))
      }
    }
    return (Samples(runs[.octopus]!), Samples(runs[.redis]!))
  }
}

/// A number as redis-benchmark writes it.
func digits(_ number: Int) -> String {
  let text = String(number)
  return String(repeating: "0", count: 12 - text.count) + text
}

/// Padded to the size of a record. `__rand_int__` is replaced by twelve digits, its own length.
private func padded(_ start: String, _ end: String) -> String {
  start + String(repeating: "x", count: ServerPair.valueBytes - start.utf8.count - end.utf8.count)
    + end
}

/// Pins this thread, the client of the following measurements, to a core.
func pin(to core: Int) throws { try allow("\(core)") }

/// Undoes `pin`.
func unpin() { try? allow("0-\(ProcessInfo.processInfo.processorCount - 1)") }

private func allow(_ cores: String) throws {
  _ = try Program("taskset", ["--cpu-list", "--pid", cores, "\(getpid())"]).output()
}
