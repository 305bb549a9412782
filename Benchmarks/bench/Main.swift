import ArgumentParser
import BenchmarkReport
import BenchmarkResults
import Foundation

@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures Octopus beside its peers, and writes docs/benchmarks.md.")

  @Option(help: "The octopusd to measure, built for release.")
  var octopusd = ".build/release/octopusd"

  @Option(help: "The folder of peers that are not installed, only unpacked.")
  var unpacked = ".build/bench-peers"

  @Option(help: "The folder of benchmarks.md and benchmarks/results.json.")
  var docs: String

  @Option(help: "Measure only workloads whose names begin so; comma between several.")
  var only = ""

  @Flag(help: "See only whether everything runs: the results mean nothing.")
  var quick = false

  @Flag(help: "Measure nothing: write the document from the results that are there.")
  var reportOnly = false

  func run() throws {
    let folder = URL(fileURLWithPath: docs).appendingPathComponent("benchmarks")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("results.json")
    var results = try Results(contentsOf: file, else: Machine.here())
    for workload in reportOnly ? [] : chosen() {
      print(workload.name)
      results.machine = try Machine.here()
      results.replace(with: try workload.measure(context))
      // After each workload: an interrupted run is not lost.
      try results.write(to: file)
    }
    try Report(results).write(to: URL(fileURLWithPath: docs))
  }

  private var context: Context {
    // Beside this program.
    let probe = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("probe")
    return Context(
      sampling: quick ? .quick : Sampling(), date: today(), processor: Machine.processor,
      octopusd: octopusd, probe: probe.path,
      unpacked: URL(fileURLWithPath: unpacked).path)
  }

  private func chosen() -> [Workload] {
    let beginnings = only.split(separator: ",")
    guard !beginnings.isEmpty else { return Workload.all }
    return Workload.all.filter { workload in
      beginnings.contains { workload.name.hasPrefix($0) }
    }
  }

  private func today() -> String {
    Date.now.formatted(.iso8601.year().month().day())
  }
}

extension Results {
  init(contentsOf file: URL, else machine: @autoclosure () throws -> Machine) throws {
    self =
      FileManager.default.fileExists(atPath: file.path)
      ? try Results(contentsOf: file) : Results(machine: try machine())
  }
}

/// Prints a result when it is there.
func printed(_ row: WorkloadResult) -> WorkloadResult {
  let at = row.at.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
  let ratio = row.ratio.map { String(format: "  %.2f × peer", $0) } ?? ""
  let calibration = row.calibration.map { "  calibration \($0.median)" } ?? ""
  let plan = row.plan.map { "  (\($0.index): \($0.examined) examined)" } ?? ""
  let stall = row.stall.map { "  (\($0.taken) s: \($0.reply))" } ?? ""
  print(
    "  \(row.workload) \(at.joined(separator: ", ")): \(row.octopus.median)"
      + String(format: " ± %.0f %%", row.octopus.spread * 50) + ratio + calibration + plan + stall)
  fflush(nil)
  return row
}
