import BenchmarkResults

// Memory, start-up and size.

extension Report {
  func footprint() -> [String] {
    let memory = results.of("memory").map { row in
      let bytes = row.at["bytes"]!
      let what = bytes == 24 ? "`object<i> { attr: 'object<i>' }`" : "a record of \(bytes) bytes"
      return [
        "Memory for \(what), of \(grouped(Double(row.at["records"]!)))", size(row.octopus.median),
        size(row.peer!.median), times(row.advantage!),
      ]
    }
    let others = [
      ("start.time", "Start, until the socket answers", duration),
      ("start.memory", "Memory when idle", size), ("start.file", "The executable file", size),
    ].flatMap { workload, title, unit in
      results.of(workload).map { row in
        [title, unit(row.octopus.median), unit(row.peer!.median), times(row.advantage!)]
      }
    }
    guard !memory.isEmpty || !others.isEmpty else { return [] }
    return [
      "## Memory and start",
      """
      Memory is the growth of the resident set by the records, after an equality, a range and a prefix query. \
      Octopus' records are indexed by name and attribute; Redis has the same names and texts as strings. Files are \
      stripped. octopusd's contains every library that it needs; Redis' loads others.
      """,
      table(["", "Octopus", "Redis", "Factor"], memory + others),
    ]
  }
}
