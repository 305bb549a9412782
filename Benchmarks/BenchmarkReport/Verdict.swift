import BenchmarkResults

/// One of the targets, and what was measured of it.
struct Verdict {
  var what: String
  var target: String
  var measured: String
  var isReached: Bool

  /// Of all targets whose figures are there.
  static func all(_ results: Results) -> [Verdict] {
    servers(results) + coordination(results) + language(results) + engine(results) + plans(results)
  }

  /// What a row beside Redis should reach; nil: nothing was promised for it.
  static func serverTarget(_ row: Row) -> Double? {
    if row.at["depth"] == 16 { return 0.7 }
    return row.at["connections"] == 50 ? 0.9 : nil
  }

  private static func servers(_ results: Results) -> [Verdict] {
    ["get", "set", "publish"].flatMap { name in
      [0.9, 0.7].compactMap { target in
        let rows = results.of("redis.\(name)").filter { serverTarget($0) == target }
        guard let least = rows.compactMap(\.ratio).min() else { return nil }
        let how = target == 0.9 ? "50 connections" : "16 deep"
        return Verdict(
          what: "\(name.capitalized), \(how), beside Redis", target: "≥ \(times(target))",
          measured: times(least), isReached: reaches(least, target))
      }
    }
  }

  private static func language(_ results: Results) -> [Verdict] {
    Topic.language.compactMap { topic in
      guard let original = topic.original, let row = results.of(topic.workload).first,
        let octopus = row.besideOriginal
      else { return nil }
      return faster(topic.title, original / octopus, Topic.languageTarget)
    }
  }

  private static func engine(_ results: Results) -> [Verdict] {
    Topic.all.flatMap { topic -> [Verdict] in
      let rows = results.of(topic.workload)
      func row(_ count: Int) -> Row? { rows.first { $0.at[topic.axis] == count } }
      var verdicts: [Verdict] = []
      // Where the original is at its best.
      if let best = topic.original.min(by: { $0.value < $1.value }), let target = topic.target,
        let octopus = row(best.key)?.besideOriginal
      {
        verdicts.append(faster(topic.title, best.value / octopus, target))
      }
      let large = rows.filter { $0.at[topic.axis]! >= 1_000 }
      if topic.isFlat, let least = row(1_000)?.besideOriginal,
        let most = large.compactMap(\.besideOriginal).max()
      {
        let growth = most / least
        verdicts.append(
          Verdict(
            what: "\(topic.title), from 1,000 to \(grouped(Double(large.last!.at[topic.axis]!)))",
            target: "≤ \(times(5))", measured: times(growth), isReached: growth <= 5))
      }
      return verdicts
    }
  }

  private static func faster(_ title: String, _ ratio: Double, _ target: Double) -> Verdict {
    Verdict(
      what: "\(title), faster than the original at its best", target: "≥ \(times(target))",
      measured: times(ratio), isReached: reaches(ratio, target))
  }

  /// A query examines little more than it answers.
  private static func plans(_ results: Results) -> [Verdict] {
    let plans = results.measurements.compactMap(\.plan)
    guard let worst = plans.max(by: { excess($0) < excess($1) }) else { return [] }
    return [
      Verdict(
        what: "Records that a query examines for each that it answers", target: "≤ 10",
        measured: grouped(excess(worst)), isReached: excess(worst) <= 10)
    ]
  }

  private static func excess(_ plan: Plan) -> Double {
    Double(plan.examined) / Double(max(plan.matched, 1))
  }
}

/// Whether a ratio is as high as a target, as both are shown.
func reaches(_ ratio: Double, _ target: Double) -> Bool {
  (ratio * 100).rounded() >= (target * 100).rounded()
}
