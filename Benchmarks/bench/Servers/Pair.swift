import BenchmarkResults
import Foundation

/// Octopus and Redis beside each other, one idle while the other is measured, and how each says the
/// same: a record of 256 bytes by name, and for Redis a string of 256 bytes by key.
struct Pair {
  let octopus: Server
  let redis: Server

  init(_ setting: Setting, isPinned: Bool = true) throws {
    octopus = try Server(.octopus(program: setting.octopusd), isPinned: isPinned)
    redis = try Server(.redis, isPinned: isPinned)
  }

  static let valueBytes = 256

  /// SET, with the number in name and value: digits, or what redis-benchmark puts in their place.
  static func set(_ kind: Keyed, _ number: String) -> [String] {
    let name = "rec_\(number)"
    switch kind {
    case .octopus: return ["SET", padded("\(name) { v: '\(number)", "' }")]
    case .redis: return ["SET", name, padded(number, "")]
    }
  }

  static func get(_ kind: Keyed, _ number: String) -> [String] { ["GET", "rec_\(number)"] }

  static func publish(_ kind: Keyed, _ number: String) -> [String] {
    switch kind {
    case .octopus: ["PUBLISH", padded("msg { v: '\(number)", "' }")]
    case .redis: ["PUBLISH", "msg", padded(number, "")]
    }
  }

  enum Keyed: CaseIterable { case octopus, redis }

  func socket(_ kind: Keyed) -> String { kind == .octopus ? octopus.socket : redis.socket }

  /// As many records in each as the random numbers can name.
  static let records = 100_000

  func fill(_ setting: Setting) throws {
    for kind in Keyed.allCases {
      let client = try Client(socket(kind))
      try client.load(min(Self.records, setting.effort.largest)) { Self.set(kind, digits($0)) }
    }
  }

  /// Runs of both in alternation, whoever begins.
  func alternate(
    _ setting: Setting, _ run: (Keyed) throws -> Double
  ) rethrows -> (octopus: Figure, redis: Figure) {
    var runs: [Keyed: [Double]] = [:]
    for turn in 0..<setting.effort.runs {
      for kind in turn % 2 == 0 ? Keyed.allCases : Keyed.allCases.reversed() {
        runs[kind, default: []].append(try run(kind))
      }
    }
    return (Figure(runs[.octopus]!), Figure(runs[.redis]!))
  }
}

/// As redis-benchmark writes numbers.
func digits(_ number: Int) -> String {
  let text = String(number)
  return String(repeating: "0", count: 12 - text.count) + text
}

/// With as much between that the whole has the bytes of a record. In the place of `__rand_int__` come
/// twelve digits, as long as itself.
private func padded(_ start: String, _ end: String) -> String {
  start + String(repeating: "x", count: Pair.valueBytes - start.utf8.count - end.utf8.count) + end
}

/// Pins this thread, which is the client in what follows, to a core.
func pin(to core: Int) throws { try allow("\(core)") }

/// Undoes it.
func unpin() { try? allow("0-\(ProcessInfo.processInfo.processorCount - 1)") }

private func allow(_ cores: String) throws {
  _ = try Program("taskset", ["--cpu-list", "--pid", cores, "\(getpid())"]).output()
}
