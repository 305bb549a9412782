import BenchmarkResults

// From the kernel's events to drivers.

extension Report {
  func hardware() -> [String] {
    let lines =
      lines("hardware.event") { "The driver's first instruction, \(share($0))" }
      + lines("hardware.heard") {
        "of this, until a bare netlink listener has the event, \(share($0))"
      }
      + lines("hardware.burst") {
        "\(grouped(Double($0.at["interfaces"]!))) at once, until the last driver's"
      }
    guard !lines.isEmpty || !results.of("hardware.match").isEmpty else { return [] }
    return ["## Hardware"] + events(lines) + matching()
  }

  private func events(_ lines: [[String]]) -> [String] {
    guard !lines.isEmpty else { return [] }
    return [
      """
      The time from the request to create a network interface (one of a veth pair) until the driver that is started for it, \
      a small C program, reads the clock. With Octopus, the kernel's event becomes a record in `octopusd` by `octopus-hw net`; \
      Kaluga sees the record and starts the driver, which it supervises and restarts from then on. udevd has a single rule with \
      `RUN+=` for a program that ends at once. Nothing is pinned to a core.
      """,
      table(["", "Octopus and Kaluga", "udevd", "Factor"], lines),
    ]
  }

  private func lines(_ workload: String, _ title: (WorkloadResult) -> String) -> [[String]] {
    results.of(workload).map { row in
      [
        title(row), duration(row.octopus.median), row.peer.map { duration($0.median) } ?? "",
        row.advantage.map(times) ?? "",
      ]
    }
  }

  private func share(_ row: WorkloadResult) -> String {
    row.at["percentile"] == 50 ? "median" : "\(row.at["percentile"]!)th percentile"
  }

  private func matching() -> [String] {
    guard let row = results.of("hardware.match").first else { return [] }
    let reading = results.of("hardware.catalogue").first.map {
      "Kaluga reads it as a catalogue in \(duration($0.octopus.median))."
    }
    return [
      "### Matching",
      """
      The whole `modules.alias` of Debian's kernel, \(grouped(Double(row.at["aliases"]!))) aliases, and \
      \(grouped(Double(row.at["devices"]!))) devices drawn from it: which drivers fit a device? Both give the same \
      answers. \(reading ?? "")
      """,
      table(
        ["", "Kaluga", "libkmod", "Factor"],
        [
          [
            "Devices a second", rate(1 / row.octopus.median),
            row.peer.map { rate(1 / $0.median) } ?? "", row.advantage.map(times) ?? "",
          ]
        ]),
    ]
  }
}
