import BenchmarkResults
import Foundation

/// A benchmark: its name, and the function that measures it.
struct Workload: Sendable {
  /// The name that ONLY= chooses by: `engine.get`, `redis.throughput`.
  var name: String
  var measure: @Sendable (Context) throws -> [WorkloadResult]

  init(_ name: String, _ measure: @escaping @Sendable (Context) throws -> [WorkloadResult]) {
    self.name = name
    self.measure = measure
  }

  static let all =
    engine + sqlite + servers + durability + coordination + hardware + footprint + stalls
}

/// The programs, the machine and the sampling of a run.
struct Context: Sendable {
  var sampling: Sampling
  /// Today, as 2026-11-23.
  var date: String
  var processor: String
  /// The path of octopusd; the other programs are beside it.
  var octopusd: String
  /// The path of the program that creates network interfaces.
  var probe: String
  /// The folder of peers that are not installed.
  var unpacked: String

  var udevd: String { unpacked + "/systemd-udevd" }

  func program(_ name: String) -> String {
    URL(fileURLWithPath: octopusd).deletingLastPathComponent().appendingPathComponent(name).path
  }

  func row(
    _ workload: String, _ at: [String: Int], _ octopus: Samples, beside peer: Samples? = nil
  ) -> WorkloadResult {
    printed(
      WorkloadResult(
        workload, at: at, date: date, processor: processor, octopus: octopus, peer: peer))
  }

  func row(
    _ workload: String, _ at: [String: Int], _ samples: (octopus: Samples, calibration: Samples),
    plan: Plan? = nil
  ) -> WorkloadResult {
    printed(
      WorkloadResult(
        workload, at: at, date: date, processor: processor, octopus: samples.octopus,
        calibration: samples.calibration, plan: plan))
  }

  /// The sizes that are not above the largest.
  func sizes(_ sizes: [Int]) -> [Int] { sizes.filter { $0 <= sampling.largest } }
}
