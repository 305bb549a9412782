import BenchmarkResults

/// One of several ways to do the same, which are measured in turn.
protocol Candidate {
  /// Prepares a run of `once`; not measured.
  func prepare() throws
  /// The measured work.
  func once() throws
  /// The median time of `once` in seconds, of as many runs as fit into `seconds`.
  func run(for seconds: Double) throws -> Double
}

extension Candidate {
  func prepare() throws {}

  func run(for seconds: Double) throws -> Double {
    var times: [Double] = []
    let begin = ContinuousClock.now
    var now = begin
    repeat {
      try prepare()
      let start = ContinuousClock.now
      try once()
      now = .now
      times.append(start.duration(to: now).seconds)
    } while begin.duration(to: now).seconds < seconds || times.count < 3
    return median(times)
  }
}

extension Context {
  /// Runs all candidates in turn, in alternating order. The first is compared with each of the
  /// others: a result for each.
  func compare(
    _ workload: String, _ at: [String: Int],
    _ candidates: [(name: String, candidate: any Candidate)]
  ) throws -> [WorkloadResult] {
    let seconds = sampling.serverSeconds / 5
    for (_, candidate) in candidates { _ = try candidate.run(for: seconds) }
    var runs = [[Double]](repeating: [], count: candidates.count)
    for turn in 0..<sampling.runs {
      let order = Array(candidates.indices)
      for index in turn % 2 == 0 ? order : order.reversed() {
        runs[index].append(try candidates[index].candidate.run(for: seconds))
      }
    }
    let samples = runs.map { Samples($0) }
    guard samples.count > 1 else { return [row(workload, at, samples[0])] }
    return candidates.indices.dropFirst().map {
      row("\(workload).\(candidates[$0].name)", at, samples[0], beside: samples[$0])
    }
  }
}
