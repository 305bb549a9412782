import BenchmarkResults

// Several that do the same by different means, one after the other.

/// One of them.
protocol Contender {
  /// What has to be done before `once`, and is not measured.
  func prepare() throws
  /// What is measured.
  func once() throws
  /// What it typically takes, in seconds: the median of as many as fit in a while.
  func run(for seconds: Double) throws -> Double
}

extension Contender {
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

extension Setting {
  /// Runs of all in turn, whoever begins. The first is beside each of the others: a row for each.
  func compare(
    _ workload: String, _ at: [String: Int],
    _ contenders: [(name: String, contender: any Contender)]
  ) throws -> [Row] {
    let seconds = effort.serverSeconds / 5
    for (_, contender) in contenders { _ = try contender.run(for: seconds) }
    var runs = [[Double]](repeating: [], count: contenders.count)
    for turn in 0..<effort.runs {
      let order = Array(contenders.indices)
      for place in turn % 2 == 0 ? order : order.reversed() {
        runs[place].append(try contenders[place].contender.run(for: seconds))
      }
    }
    let figures = runs.map { Figure($0) }
    guard figures.count > 1 else { return [row(workload, at, figures[0])] }
    return contenders.indices.dropFirst().map {
      row("\(workload).\(contenders[$0].name)", at, figures[0], beside: figures[$0])
    }
  }
}
