import BenchmarkResults

// From the kernel's events to drivers.

extension Report {
  func hardware() -> [String] {
    let lines =
      lines("hardware.event") { "The driver's first instruction, \(share($0))" }
      + lines("hardware.heard") { "of this, until a bare listener has the event, \(share($0))" }
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
      A network interface (one of a veth pair) is made, and a driver started for it: from the request to the kernel until \
      the driver, a small C program, reads the clock. With Octopus the way is: the kernel's event, `octopus-hw net`, \
      a record in `octopusd`, Kaluga, its launcher, a guard, the driver, which is watched and restarted from then on. \
      With udevd it is a rule with `RUN+=`, the only rule that it has, for a program that ends at once. Nothing is pinned to \
      a core.
      """,
      table(["", "Octopus and Kaluga", "udevd", "Ratio"], lines),
    ]
  }

  private func lines(_ workload: String, _ title: (Row) -> String) -> [[String]] {
    results.of(workload).map { row in
      [
        title(row), duration(row.octopus.median), row.peer.map { duration($0.median) } ?? "",
        row.ratio.map(times) ?? "",
      ]
    }
  }

  private func share(_ row: Row) -> String {
    row.at["percentile"] == 50 ? "half of the times" : "\(row.at["percentile"]!) of 100 times"
  }

  private func matching() -> [String] {
    guard let row = results.of("hardware.match").first else { return [] }
    let reading = results.of("hardware.catalogue").first.map {
      "Reading it as a catalogue of Kaluga's takes \(duration($0.octopus.median))."
    }
    return [
      "### Matching",
      """
      The whole `modules.alias` of Debian's kernel, \(grouped(Double(row.at["aliases"]!))) aliases, and \
      \(grouped(Double(row.at["devices"]!))) devices drawn from it: which drivers has a device? Both give the same \
      answers. \(reading ?? "")
      """,
      table(
        ["", "Kaluga", "libkmod", "Faster"],
        [
          [
            "Devices a second", rate(1 / row.octopus.median),
            row.peer.map { rate(1 / $0.median) } ?? "", row.advantage.map(times) ?? "",
          ]
        ]),
    ]
  }
}
