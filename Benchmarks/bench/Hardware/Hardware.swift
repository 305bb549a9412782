import BenchmarkResults

// From a kernel event to a running driver, and from a device to the drivers that match it.

extension Workload {
  static let hardware = [
    Workload("hardware.event") { context in
      let count = context.sampling.requests / 250
      let (kaluga, udevd) = try context.alternating { try $0.measure("each", count) }
      func samples(_ runs: [[[Double]]], _ column: Int, _ percentile: Int) -> Samples {
        Samples(runs.map { $0.map { $0[column] }.percentile(percentile) })
      }
      return [50, 99].flatMap { percentile in
        [
          context.row(
            "hardware.event", ["percentile": percentile], samples(kaluga, 1, percentile),
            beside: samples(udevd, 1, percentile)),
          context.row(
            "hardware.heard", ["percentile": percentile], samples(kaluga, 0, percentile),
            beside: samples(udevd, 0, percentile)),
        ]
      }
    },
    Workload("hardware.burst") { context in
      let count = min(300, context.sampling.requests / 10)
      let (kaluga, udevd) = try context.alternating { try $0.measure("burst", count) }
      return [
        context.row(
          "hardware.burst", ["interfaces": count], Samples(kaluga.map { $0[0][0] }),
          beside: Samples(udevd.map { $0[0][0] }))
      ]
    },
    Workload("hardware.match") { context in
      let matching = try ModaliasMatching(context)
      let (kaluga, kmod) = time(
        context.sampling, { matching.kaluga($0) }, beside: { matching.kmod($0) })
      let at = ["devices": matching.count, "aliases": matching.aliases]
      return [
        context.row("hardware.match", at, kaluga, beside: kmod),
        context.row("hardware.catalogue", at, matching.reading),
      ]
    },
  ]
}

extension Context {
  /// Runs of Kaluga and of udevd in turn.
  fileprivate func alternating<Result>(
    _ run: (DeviceManager) throws -> Result
  ) throws -> (kaluga: [Result], udevd: [Result]) {
    var results: (kaluga: [Result], udevd: [Result]) = ([], [])
    for _ in 0..<sampling.runs {
      results.kaluga.append(try run(DeviceManager(.kaluga, self)))
      results.udevd.append(try run(DeviceManager(.udevd, self)))
    }
    return results
  }
}

extension [Double] {
  /// The least value that `percent` of a hundred values do not exceed.
  fileprivate func percentile(_ percent: Int) -> Double {
    sorted()[Swift.max(0, (count * percent + 99) / 100 - 1)]
  }
}
