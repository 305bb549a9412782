import BenchmarkResults

// Requests over a socket, beside Redis.

extension Report {
  private static let kinds = [
    (name: "one core", colour: SVG.Colour.octopus),
    (name: "two cores", colour: SVG.Colour.octopusLight),
  ]

  mutating func servers() -> [String] {
    let rows = results.of("redis.get") + results.of("redis.set")
    guard !rows.isEmpty else { return [] }
    let bars = bars(rows) { row in
      let connections = row.at["connections"] == 1 ? "1 connection" : "50 connections"
      return "\(row.workload.dropFirst(6)), \(connections), \(row.at["depth"]!) at a time"
    }
    draw(
      "redis.svg",
      BarChart(
        title: "Requests a second, relative to Redis", peer: "Redis", kinds: Self.kinds, bars: bars
      ).text)
    let lines = rows.map { row in
      [
        "\(row.workload.dropFirst(6)), \(row.at["connections"]!) × \(row.at["depth"]!)",
        cores(row), rate(row.octopus.median), rate(row.peer!.median), times(row.ratio!),
      ]
    }
    return [
      "## Beside Redis",
      """
      GET by name and SET of a 256-byte record over the Unix socket, requests a second. *Depth* is the number of requests \
      that a client sends before it reads their replies. The factor is the median of the factors of pairs of runs, so it \
      can differ from the quotient of the two medians beside it.
      """,
      images([("redis.svg", "Requests a second beside Redis")], width: 720),
      table(["Connections × depth", "Cores", "Octopus", "Redis", "Factor"], lines),
    ]
  }

  mutating func publishing() -> [String] {
    let rows = results.of("redis.publish")
    guard !rows.isEmpty else { return [] }
    let bars = bars(rows) { row in
      let subscribers = row.at["subscribers"] == 1 ? "1 subscriber" : "100 subscribers"
      return "\(subscribers), \(row.at["depth"]!) at a time"
    }
    draw(
      "publish.svg",
      BarChart(
        title: "Published records a second, relative to Redis", peer: "Redis", kinds: Self.kinds,
        bars: bars
      ).text)
    let lines = rows.map { row in
      [
        "\(row.at["subscribers"]!) × \(row.at["depth"]!)", cores(row), rate(row.octopus.median),
        rate(row.peer!.median), times(row.ratio!),
      ]
    }
    return [
      "### Publish",
      """
      Records of 256 bytes published in a second. The publisher sends the next batch (*depth* is its size) when every \
      subscriber has read the last one.
      """,
      images([("publish.svg", "Published records a second beside Redis")], width: 720),
      table(["Subscribers × depth", "Cores", "Octopus", "Redis", "Factor"], lines),
    ]
  }

  func latency() -> [String] {
    let lines = ["get", "set"].flatMap { name in
      [1, 2].compactMap { cores -> [String]? in
        let rows = results.of("redis.latency.\(name)").filter { $0.at["cores"] == cores }
        guard !rows.isEmpty else { return nil }
        return ["\(name), \(cores == 1 ? "one core" : "two cores")"]
          + rows.map { "\(duration($0.octopus.median)) · \(duration($0.peer!.median))" }
      }
    }
    guard !lines.isEmpty else { return [] }
    return [
      "### Latency",
      "One client that sends a request when it has the reply to the last one: Octopus · Redis.",
      table(["", "p50", "p99", "p99.9"], lines),
    ]
  }

  /// Rows that differ in the cores alone share a bar.
  private func bars(_ rows: [WorkloadResult], _ label: (WorkloadResult) -> String) -> [BarChart.Bar]
  {
    rows.filter { $0.at["cores"] == 1 }.map { one in
      var other = one.at
      other["cores"] = 2
      let two = rows.first { $0.workload == one.workload && $0.at == other }
      return BarChart.Bar(
        label: label(one), ratios: [one, two].compactMap { $0?.ratio })
    }
  }

  private func cores(_ row: WorkloadResult) -> String { row.at["cores"] == 1 ? "one" : "two" }
}
