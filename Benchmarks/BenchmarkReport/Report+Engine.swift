import BenchmarkResults
import Foundation

// The engine in process, beside the original and SQLite.

extension Report {
  mutating func engine() -> [String] {
    let topics = Topic.all.filter { !results.of($0.workload).isEmpty }
    guard !topics.isEmpty else { return [] }
    let charted = topics.filter { topic in
      results.of(topic.workload).count { $0.onOriginalMachine != nil } > 3
    }
    for topic in charted { draw(topic.file, chart(topic).text) }
    return [
      "## In the engine",
      """
      The engine alone, in process. A level line means that the time does not depend on how much else is stored or \
      watched.

      *The original* is Octopus on Barrelfish, measured on another machine. *Factor* and the charts convert our \
      times to that machine with the help of *Calibration*, a query of SQLite that is run in turn with each row: \
      it took \(duration(Calibration.secondsOnOriginalMachine)) there, and longer here when this machine was slow \
      ([decision 0008](decisions/0008-a-calibration-query-beside-the-original.md)).
      """,
      images(charted.map { ($0.file, $0.title) }, width: 360),
    ] + topics.flatMap { section($0) }
  }

  private func chart(_ topic: Topic) -> LineChart {
    let points = results.of(topic.workload).compactMap { row in
      row.onOriginalMachine.map { (Double(row.at[topic.axis]!), $0) }
    }
    let original = topic.original.sorted { $0.key < $1.key }.map { (Double($0.key), $0.value) }
    var series = [
      LineChart.Series(name: "Octopus", colour: SVG.Colour.octopus, points: points)
    ]
    if !original.isEmpty {
      series.append(
        LineChart.Series(
          name: "the original", colour: SVG.Colour.peer, dashed: true, points: original))
    }
    return LineChart(title: topic.title, axis: topic.axis, series: series)
  }

  private func section(_ topic: Topic) -> [String] {
    let rows = results.of(topic.workload)
    let hasOriginal = !topic.original.isEmpty
    let lines = rows.map { row in
      let count = row.at[topic.axis]!
      var line = [grouped(Double(count))] + measured(row)
      if hasOriginal {
        let original = topic.original[count]
        line += onOriginalMachine(row, original)
      }
      return line
    }
    let heads =
      [topic.axis.capitalized, "Octopus", "Calibration"]
      + (hasOriginal ? ["The original", "Factor"] : [])
    return ["### \(topic.title)", topic.text, table(heads, lines)] + plan(rows)
  }

  private func measured(_ row: WorkloadResult) -> [String] {
    [duration(row.octopus.median), row.calibration.map { duration($0.median) } ?? ""]
  }

  /// The original's seconds, and how many times faster Octopus is.
  private func onOriginalMachine(_ row: WorkloadResult, _ original: Double?) -> [String] {
    guard let original else { return ["", ""] }
    return [duration(original), row.onOriginalMachine.map { times(original / $0) } ?? ""]
  }

  /// How the query was answered among the most records.
  private func plan(_ rows: [WorkloadResult]) -> [String] {
    guard let plan = rows.last?.plan else { return [] }
    return [
      """
      `EXPLAIN` of the last row: \(plan.index); \(grouped(Double(plan.examined))) examined, \
      \(grouped(Double(plan.matched))) matched.
      """
    ]
  }

  func language() -> [String] {
    let lines = Topic.language.compactMap { topic -> [String]? in
      guard let row = results.of(topic.workload).first else { return nil }
      return [topic.title] + measured(row) + onOriginalMachine(row, topic.original)
    }
    guard !lines.isEmpty else { return [] }
    return [
      "### Read and print",
      "A record is stored as its canonical text: reading produces that text, and printing copies it.",
      table(["", "Octopus", "Calibration", "The original", "Factor"], lines),
    ]
  }

  mutating func sqlite() -> [String] {
    let kinds = [("sqlite.five", "One record has each value"), ("sqlite.common", "Common values")]
    let found = kinds.filter { !results.of($0.0).isEmpty }
    guard !found.isEmpty else { return [] }
    var charts: [(String, String)] = []
    for (workload, title) in found {
      let rows = results.of(workload)
      func points(_ samples: (WorkloadResult) -> Samples) -> [(Double, Double)] {
        rows.map { (Double($0.at["records"]!), samples($0).median) }
      }
      let file = workload.replacingOccurrences(of: ".", with: "-") + ".svg"
      let chart = LineChart(
        title: "Five attributes: \(title.lowercased())", axis: "records",
        series: [
          .init(name: "Octopus", colour: SVG.Colour.octopus, points: points(\.octopus)),
          .init(name: "SQLite", colour: SVG.Colour.peer, dashed: true, points: points { $0.peer! }),
        ])
      draw(file, chart.text)
      charts.append((file, title))
    }
    let lines = found.flatMap { workload, title in
      results.of(workload).map { row in
        [
          title, grouped(Double(row.at["records"]!)), duration(row.octopus.median),
          duration(row.peer!.median), times(1 / row.ratio!),
        ]
      }
    }
    return [
      "## Beside SQLite",
      """
      The five-attribute queries from above, from the text of the query to the text of the record. SQLite's are \
      prepared beforehand.
      """,
      images(charts, width: 360),
      table(["", "Records", "Octopus", "SQLite", "Factor"], lines),
    ]
  }
}
