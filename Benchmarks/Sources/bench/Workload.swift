import Figures

/// Something that is measured: a name, and what gives its rows.
struct Workload: Sendable {
  /// What ONLY= chooses: `engine.get`, `redis.throughput`.
  var name: String
  var measure: @Sendable (Setting) throws -> [Row]

  init(_ name: String, _ measure: @escaping @Sendable (Setting) throws -> [Row]) {
    self.name = name
    self.measure = measure
  }

  static let all = engine + sqlite + servers + coordination + footprint
}

/// What a workload may know of its surroundings.
struct Setting: Sendable {
  var effort: Effort
  /// Today, as 2026-11-23.
  var date: String
  /// The program, built for release.
  var octopusd: String

  func row(
    _ workload: String, _ at: [String: Int], _ octopus: Figure, beside peer: Figure? = nil,
    plan: Plan? = nil
  ) -> Row {
    let row = Row(
      workload, at: at, date: date, octopus: octopus, peer: peer, plan: plan)
    note(row)
    return row
  }

  /// The sizes that this effort allows.
  func sizes(_ sizes: [Int]) -> [Int] { sizes.filter { $0 <= effort.largest } }
}
