import BenchmarkResults

// Locks, semaphores and barriers, beside other servers.

extension Report {
  private struct Peer {
    /// How its workloads' names end.
    var name: String
    var title: String
    var label: String
    var colour: String
  }

  private static let peers = [
    Peer(name: "list", title: "Redis, tokens", label: "Redis", colour: SVG.Colour.peer),
    Peer(name: "setnx", title: "Redis, polling", label: "polling", colour: SVG.Colour.others[0]),
    Peer(name: "etcd", title: "etcd", label: "etcd", colour: SVG.Colour.others[1]),
    Peer(name: "zookeeper", title: "ZooKeeper", label: "ZooKeeper", colour: SVG.Colour.others[2]),
  ]

  mutating func coordination() -> [String] {
    let lines =
      lines("coordination.lock") { _ in "Lock + unlock" }
      + lines("coordination.handover") { "Hand-over, \(waiters($0))" }
      + lines("coordination.deferred") { "Hand-over, \(waiters($0)) on one connection" }
      + lines("coordination.semaphore") {
        $0.at["waiters"] == 0 ? "Semaphore, wait + post" : "Semaphore, \(waiters($0))"
      }
      + lines("coordination.barrier") { "Barrier of \($0.at["parties"]!), enter + leave of all" }
    guard !lines.isEmpty else { return [] }
    let charts = [1, 2].compactMap { handOver(cores: $0) }
    return [
      "## Coordination",
      """
      *Lock + unlock* is an uncontended lock. *Hand-over* is the time from the holder's release until the next waiter \
      knows that it holds the lock; it should not depend on the number of waiters. After each time of a peer is the factor \
      by which it is longer than Octopus'.
      """,
      charts.isEmpty ? nil : images(charts, width: 360),
      table(["", "Cores", "Octopus"] + Self.peers.map(\.title), lines),
    ].compactMap { $0 } + loops()
  }

  private func waiters(_ row: WorkloadResult) -> String {
    let count = row.at["waiters"]!
    return count == 1 ? "1 waiter" : "\(grouped(Double(count))) waiters"
  }

  /// A line for each measurement, and a cell for each peer.
  private func lines(_ workload: String, _ title: (WorkloadResult) -> String) -> [[String]] {
    let byPeer = Self.peers.map { results.of("\(workload).\($0.name)") }
    let rows = byPeer.first { !$0.isEmpty } ?? results.of(workload)
    return rows.map { row in
      let cells = byPeer.map { rows in
        rows.first { $0.at == row.at }.map { cell($0) } ?? ""
      }
      return [title(row), row.at["cores"] == 1 ? "one" : "two", duration(row.octopus.median)]
        + cells
    }
  }

  private func cell(_ row: WorkloadResult) -> String {
    "\(duration(row.peer!.median)), \(times(row.advantage!))"
  }

  private mutating func handOver(cores: Int) -> (file: String, title: String)? {
    func points(_ peer: String, _ samples: (WorkloadResult) -> Samples?) -> [(Double, Double)] {
      results.of("coordination.handover.\(peer)").filter { $0.at["cores"] == cores }.map {
        (Double($0.at["waiters"]!), samples($0)!.median)
      }
    }
    let ours = LineChart.Series(
      name: "Octopus", colour: SVG.Colour.octopus, points: points("list", \.octopus))
    guard ours.points.count > 1 else { return nil }
    let others = Self.peers.map {
      LineChart.Series(
        name: $0.label, colour: $0.colour, dashed: true, points: points($0.name, \.peer))
    }
    let title = "Hand-over, \(cores == 1 ? "one core" : "two cores")"
    let file = "coordination-handover-\(cores).svg"
    let series = [ours] + others.filter { !$0.points.isEmpty }
    draw(file, LineChart(title: title, axis: "waiters", series: series).text)
    return (file, title)
  }

  /// Both ends on one event loop of the server, and on two.
  private func loops() -> [String] {
    let kinds = [
      ("handover", "Hand-over, 1 waiter"), ("notify", "A write, until the watcher has the event"),
    ]
    let lines = kinds.flatMap { kind, title in
      results.of("coordination.loops.\(kind).same").map { row in
        [
          title, row.at["cores"] == 1 ? "one" : "two", duration(row.peer!.median),
          duration(row.octopus.median), times(row.ratio!),
        ]
      }
    }
    guard !lines.isEmpty else { return [] }
    return [
      "### Between event loops",
      """
      A server with `--loops 2`: both connections are on the same event loop, or each is on its own. A loop that \
      has an event for a connection of a sleeping loop writes it itself \
      ([decision 0007](decisions/0007-the-server-has-its-own-event-loop.md)).
      """,
      table(["", "Cores", "On one loop", "On two", "Longer"], lines),
    ]
  }
}
