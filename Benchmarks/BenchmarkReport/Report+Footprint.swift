import BenchmarkResults

// What the server costs before and beside its work.

extension Report {
  func footprint() -> [String] {
    let memory = results.of("memory").map { row in
      let bytes = row.at["bytes"]!
      let what = bytes == 24 ? "`object<i> { attr: 'object<i>' }`" : "a record of \(bytes) bytes"
      return [
        "Memory for \(what), of \(grouped(Double(row.at["records"]!)))", size(row.octopus.median),
        size(row.peer!.median), times(row.ratio!),
      ]
    }
    let others = [
      ("start.time", "Start, until the socket answers", duration),
      ("start.memory", "Memory when idle", size), ("start.file", "The program's file", size),
    ].flatMap { workload, title, unit in
      results.of(workload).map { row in
        [title, unit(row.octopus.median), unit(row.peer!.median), times(row.ratio!)]
      }
    }
    guard !memory.isEmpty || !others.isEmpty else { return [] }
    return [
      "## Memory and start",
      """
      Memory is what the process occupies more with the records than without, by the kernel's count, after an \
      equality, a range and a prefix query have run. Octopus' records are indexed by name and by every \
      attribute; Redis has the same names and texts as strings. Files are stripped; octopusd's contains all \
      that it needs, Redis' loads libraries besides.
      """,
      table(["", "Octopus", "Redis", "Ratio"], memory + others),
    ]
  }
}
