import BenchmarkResults

// The price of the journal.

extension Report {
  func durability() -> [String] {
    let parts = durableChanges() + durableBesideEtcd() + durableStart() + durableBase()
    guard !parts.isEmpty else { return [] }
    return ["## With the journal"] + parts
  }

  private func durableChanges() -> [String] {
    let lines = ["second", "always"].flatMap { policy in
      results.of("durable.redis.\(policy)").map { row in
        [
          "\(policy), \(row.at["connections"]!) × \(row.at["depth"]!)", rate(row.octopus.median),
          rate(row.peer!.median), times(row.ratio!),
        ]
      }
    }
    guard !lines.isEmpty else { return [] }
    return [
      """
      SET of a 256-byte record, requests a second, with `--fsync second` and `always`, beside Redis with its \
      append-only file (`appendfsync` `everysec` and `always`), on the same disk. Each server has a core of its own, \
      and its clients the other.
      """,
      table(["Connections × depth", "Octopus", "Redis", "Factor"], lines),
    ]
  }

  private func durableBesideEtcd() -> [String] {
    let lines = results.of("durable.etcd").map { row in
      [
        "\(row.at["connections"]!)", rate(row.octopus.median), rate(row.peer!.median),
        times(row.ratio!),
      ]
    }
    guard !lines.isEmpty else { return [] }
    return [
      """
      Changes a second beside etcd, which always syncs: SET with `--fsync always`, and Put. Each client sends one when \
      all clients have their replies.
      """,
      table(["Clients", "Octopus", "etcd", "Factor"], lines),
    ]
  }

  private func durableStart() -> [String] {
    results.of("durable.start").map { row in
      """
      A start with \(grouped(Double(row.at["records"]!))) records of 256 bytes takes \(duration(row.octopus.median)), \
      and Redis with its append-only file (with preamble) \(duration(row.peer!.median)): factor \(times(row.ratio!)).
      """
    }
  }

  private func durableBase() -> [String] {
    guard let time = results.of("durable.base.time").first,
      let wait = results.of("durable.base.wait").first,
      let quiet = results.of("durable.base.quiet").first
    else { return [] }
    return [
      """
      To write all of \(grouped(Double(time.at["records"]!))) records to a new file in the background takes \
      \(duration(time.octopus.median)). Meanwhile no PING of another client waited longer than \
      \(duration(wait.octopus.median)), and as long without that no longer than \(duration(quiet.octopus.median)) \
      (medians of the runs' longest waits).
      """
    ]
  }
}
