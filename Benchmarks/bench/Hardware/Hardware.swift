import BenchmarkResults

// From an event of the kernel to a driver, and from a device to the driver that it should have.

extension Workload {
  static let hardware = [
    Workload("hardware.event") { setting in
      let count = setting.effort.requests / 250
      let (kaluga, udevd) = try setting.alternating { try $0.measure("each", count) }
      func figure(_ runs: [[[Double]]], _ column: Int, _ percentile: Int) -> Figure {
        Figure(runs.map { $0.map { $0[column] }.percentile(percentile) })
      }
      return [50, 99].flatMap { percentile in
        [
          setting.row(
            "hardware.event", ["percentile": percentile], figure(kaluga, 1, percentile),
            beside: figure(udevd, 1, percentile)),
          setting.row(
            "hardware.heard", ["percentile": percentile], figure(kaluga, 0, percentile),
            beside: figure(udevd, 0, percentile)),
        ]
      }
    },
    Workload("hardware.burst") { setting in
      let count = min(300, setting.effort.requests / 10)
      let (kaluga, udevd) = try setting.alternating { try $0.measure("burst", count) }
      return [
        setting.row(
          "hardware.burst", ["interfaces": count], Figure(kaluga.map { $0[0][0] }),
          beside: Figure(udevd.map { $0[0][0] }))
      ]
    },
    Workload("hardware.match") { setting in
      let matching = try Matching(setting)
      let (kaluga, kmod) = time(
        setting.effort, { matching.kaluga($0) }, beside: { matching.kmod($0) })
      let at = ["devices": matching.count, "aliases": matching.aliases]
      return [
        setting.row("hardware.match", at, kaluga, beside: kmod),
        setting.row("hardware.catalogue", at, matching.reading),
      ]
    },
  ]
}

extension Setting {
  /// Runs of Kaluga and of udevd in turn.
  fileprivate func alternating<Result>(
    _ run: (Watcher) throws -> Result
  ) throws -> (kaluga: [Result], udevd: [Result]) {
    var results: (kaluga: [Result], udevd: [Result]) = ([], [])
    for _ in 0..<effort.runs {
      results.kaluga.append(try run(Watcher(.kaluga, self)))
      results.udevd.append(try run(Watcher(.udevd, self)))
    }
    return results
  }
}

extension [Double] {
  /// The least value that so many of a hundred are not above.
  fileprivate func percentile(_ percent: Int) -> Double {
    sorted()[Swift.max(0, (count * percent + 99) / 100 - 1)]
  }
}
