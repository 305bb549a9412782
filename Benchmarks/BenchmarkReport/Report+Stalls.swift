import BenchmarkResults
import OctopusProtocol

// How long one client holds up another: a section of the page of limits.

extension Report {
  /// The page of limits, as the code prints it, and what they bring about.
  func limits() -> String {
    LimitReference.text + stalls().map { "\n" + wrapped($0) + "\n" }.joined()
  }

  private func stalls() -> [String] {
    let tables = StallTopic.groups.flatMap { title, topics -> [String] in
      let lines = topics.flatMap { topic in results.of(topic.workload).map { line(topic, $0) } }
      return lines.isEmpty ? [] : ["### \(title)", stallTable(lines)]
    }
    guard !tables.isEmpty else { return [] }
    return [
      "## Stalls",
      """
      One client is to hold up the others for at most 25 ms, whatever it does, and for at most 100 ms with a command about \
      the server itself. The tables show the longest time until the reply to a PING, of another client that sends one \
      after the other, while a client does what costs most; in bold what is beyond the bound. *Before* is the same \
      before steps had a budget ([decision 0016](decisions/0016-a-step-has-a-budget.md)), and *time* how long the \
      client's own request takes.
      """,
      "\(conditions()) `make bench ONLY=stalls` measures again and writes this section.",
    ] + tables
  }

  private func line(_ topic: StallTopic, _ row: WorkloadResult) -> [String] {
    guard let stall = row.stall else { preconditionFailure("\(row.workload) is no stall") }
    let worst = duration(row.octopus.median)
    return [
      topic.title, row.octopus.median > stall.bound ? "**\(worst)**" : worst,
      topic.before.map(duration) ?? "", duration(stall.taken),
      stall.refusal.map { "`\($0)`" } ?? "done", topic.limit,
    ]
  }

  private func stallTable(_ lines: [[String]]) -> String {
    table(["What one client does", "Longest PING", "Before", "Time", "Reply", "Limited by"], lines)
  }

  private func conditions() -> String {
    let rows = results.measurements.filter { $0.stall != nil }
    let records = rows.compactMap { $0.at["records"] }.max() ?? 0
    return """
      Measured \(days(rows)) with \(grouped(Double(records))) records and one event loop, and \
      default limits. The server had the highest priority (nice -20) and the other client a real-time one, so \
      that what else the machine did counts little. Where a case could be repeated, the figure is the \
      median of five.
      """
  }
}
