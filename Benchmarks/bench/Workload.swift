import BenchmarkResults
import Foundation

/// Something that is measured: a name, and what gives its rows.
struct Workload: Sendable {
  /// What ONLY= chooses: `engine.get`, `redis.throughput`.
  var name: String
  var measure: @Sendable (Setting) throws -> [Row]

  init(_ name: String, _ measure: @escaping @Sendable (Setting) throws -> [Row]) {
    self.name = name
    self.measure = measure
  }

  static let all = engine + sqlite + servers + coordination + hardware + footprint
}

/// What a workload may know of its surroundings.
struct Setting: Sendable {
  var effort: Effort
  /// Today, as 2026-11-23.
  var date: String
  var processor: String
  /// The program, built for release; the others are beside it.
  var octopusd: String
  /// What interfaces are made with.
  var probe: String
  /// Where peers are that are not installed.
  var unpacked: String

  var udevd: String { unpacked + "/systemd-udevd" }

  func program(_ name: String) -> String {
    URL(fileURLWithPath: octopusd).deletingLastPathComponent().appendingPathComponent(name).path
  }

  func row(
    _ workload: String, _ at: [String: Int], _ octopus: Figure, beside peer: Figure? = nil
  ) -> Row {
    noted(
      Row(workload, at: at, date: date, processor: processor, octopus: octopus, peer: peer))
  }

  func row(
    _ workload: String, _ at: [String: Int], _ figures: (octopus: Figure, yardstick: Figure),
    plan: Plan? = nil
  ) -> Row {
    noted(
      Row(
        workload, at: at, date: date, processor: processor, octopus: figures.octopus,
        yardstick: figures.yardstick, plan: plan))
  }

  /// The sizes that this effort allows.
  func sizes(_ sizes: [Int]) -> [Int] { sizes.filter { $0 <= effort.largest } }
}
