import ArgumentParser
import BenchmarkReport
import BenchmarkResults
import Foundation

@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures Octopus beside its peers, and writes the document about it.")

  @Option(help: "The octopusd to measure, built for release.")
  var octopusd = ".build/release/octopusd"

  @Option(help: "The folder of peers that are unpacked, and not installed.")
  var unpacked = ".build/bench-peers"

  @Option(help: "Where benchmarks/results.json is, and the document is written.")
  var docs: String

  @Option(help: "Measure only workloads whose names begin so; comma between several.")
  var only = ""

  @Flag(help: "See only whether everything runs: the figures say nothing.")
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
      results.replace(with: try workload.measure(setting))
      // Kept as it goes: a run that is interrupted is not lost.
      try results.write(to: file)
    }
    try Report(results).write(to: URL(fileURLWithPath: docs))
  }

  private var setting: Setting {
    // Beside this program.
    let probe = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("probe")
    return Setting(
      effort: quick ? .quick : Effort(), date: today(), processor: Machine.processor,
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

/// A row on the terminal, as it is measured.
func noted(_ row: Row) -> Row {
  let at = row.at.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
  let ratio = row.ratio.map { String(format: "  %.2f × peer", $0) } ?? ""
  let yardstick = row.yardstick.map { "  yardstick \($0.median)" } ?? ""
  let plan = row.plan.map { "  (\($0.index): \($0.examined) examined)" } ?? ""
  print(
    "  \(row.workload) \(at.joined(separator: ", ")): \(row.octopus.median)"
      + String(format: " ± %.0f %%", row.octopus.spread * 50) + ratio + yardstick + plan)
  fflush(nil)
  return row
}
