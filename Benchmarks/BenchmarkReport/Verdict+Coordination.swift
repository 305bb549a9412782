import BenchmarkResults

// What locks and the like should reach beside those of others.

extension Verdict {
  /// How many times as long as Octopus a peer should take, at least.
  struct Aim {
    var what: String
    var workloads: [String]
    var target: Double
  }

  static let aims = [
    Aim(
      what: "Lock and unlock, beside the best of Redis",
      workloads: ["coordination.lock.list", "coordination.lock.setnx"], target: 1),
    Aim(
      what: "Hand-over, beside the best of Redis", workloads: ["coordination.handover.list"],
      target: 1),
    Aim(
      what: "Hand-over, beside polling in Redis", workloads: ["coordination.handover.setnx"],
      target: 2),
    Aim(what: "Lock and unlock, beside etcd", workloads: ["coordination.lock.etcd"], target: 3),
    Aim(what: "Hand-over, beside etcd", workloads: ["coordination.handover.etcd"], target: 10),
    Aim(
      what: "Hand-over, beside ZooKeeper", workloads: ["coordination.handover.zookeeper"],
      target: 10),
  ]

  /// At most so many times as long among 1,000 waiters as among 8.
  static let growth = 1.5

  static func coordination(_ results: Results) -> [Verdict] {
    aims.compactMap { aim in
      let rows = aim.workloads.flatMap { results.of($0) }
      guard let least = rows.compactMap(\.advantage).min() else { return nil }
      return Verdict(
        what: aim.what, target: "≥ \(times(aim.target))", measured: times(least),
        isReached: reaches(least, aim.target))
    } + flatness(results)
  }

  private static func flatness(_ results: Results) -> [Verdict] {
    let rows = results.of("coordination.handover.list")
    func row(_ waiters: Int, _ cores: Int) -> Row? {
      rows.first { $0.at == ["waiters": waiters, "cores": cores] }
    }
    let growths = [1, 2].compactMap { cores -> Double? in
      guard let few = row(8, cores), let many = row(1_000, cores) else { return nil }
      return many.octopus.median / few.octopus.median
    }
    guard let most = growths.max() else { return [] }
    return [
      Verdict(
        what: "Hand-over, from 8 to 1,000 waiters", target: "≤ \(times(growth))",
        measured: times(most), isReached: most <= growth)
    ]
  }
}

extension Row {
  /// How many times as long as Octopus the peer takes; of runs in pairs.
  var advantage: Double? { peer?.ratio(to: octopus) }

  /// Whether the peer took less than it should.
  var missesAim: Bool {
    guard let advantage, let aim = Verdict.aims.first(where: { $0.workloads.contains(workload) })
    else { return false }
    return !reaches(advantage, aim.target)
  }
}
