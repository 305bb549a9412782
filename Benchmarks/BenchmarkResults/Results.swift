import Foundation

// What was measured, as it is kept in the repository.

/// All measurements, each with the day on which it was made and the processor that made it.
package struct Results: Codable, Equatable, Sendable {
  package var machine: Machine
  package var measurements: [Row]

  package init(machine: Machine, measurements: [Row] = []) {
    self.machine = machine
    self.measurements = measurements
  }

  /// The measurements of one workload, in the order in which they were made.
  package func of(_ workload: String) -> [Row] {
    measurements.filter { $0.workload == workload }
  }

  /// By which processor was measured when: `["AMD EPYC": ["2026-11-24", "2026-11-25"]]`.
  package var days: [String: Set<String>] {
    Dictionary(grouping: measurements, by: \.processor).mapValues { Set($0.map(\.date)) }
  }

  /// Takes over new measurements in place of the old ones of the same workloads.
  package mutating func replace(with new: [Row]) {
    let workloads = Set(new.map(\.workload))
    measurements.removeAll { workloads.contains($0.workload) }
    measurements += new
    // Stable, so that measuring one workload again changes no other line.
    let order = Dictionary(grouping: measurements.indices, by: { measurements[$0].workload })
    measurements = order.keys.sorted().flatMap { order[$0]!.map { measurements[$0] } }
  }
}

/// One row: a workload at certain parameters, here and, where there is one, with the peer.
package struct Row: Codable, Equatable, Sendable {
  /// Such as `engine.get`; the report knows what it means.
  package var workload: String
  /// Such as `["records": 1000]`.
  package var at: [String: Int]
  /// The day, as 2026-11-23.
  package var date: String
  /// Its name, as the system tells it.
  package var processor: String
  package var octopus: Figure
  package var peer: Figure?
  /// What of known speed took in turn with it: how fast the machine was.
  package var yardstick: Figure?
  package var plan: Plan?

  package init(
    _ workload: String, at: [String: Int] = [:], date: String, processor: String,
    octopus: Figure, peer: Figure? = nil, yardstick: Figure? = nil, plan: Plan? = nil
  ) {
    self.workload = workload
    self.at = at
    self.date = date
    self.processor = processor
    self.octopus = octopus
    self.peer = peer
    self.yardstick = yardstick
    self.plan = plan
  }

  /// Octopus' figure by the peer's, of runs in pairs.
  package var ratio: Double? { peer.map { octopus.ratio(to: $0) } }
}

/// What EXPLAIN says of a query.
package struct Plan: Codable, Equatable, Sendable {
  /// Such as `value of attr`.
  package var index: String
  package var examined: Int
  package var matched: Int

  package init(index: String, examined: Int, matched: Int) {
    self.index = index
    self.examined = examined
    self.matched = matched
  }
}

extension Results {
  package init(contentsOf file: URL) throws {
    self = try JSONDecoder().decode(Results.self, from: Data(contentsOf: file))
  }

  package func write(to file: URL) throws {
    try json().write(to: file)
  }

  /// The same results give the same bytes; a measurement is a line.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func text(_ value: some Encodable) throws -> String {
      String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let lines = try measurements.map { "    " + (try text($0)) }
    let whole = """
      {
        "machine": \(try text(machine)),
        "measurements": [
      \(lines.joined(separator: ",\n"))
        ]
      }

      """
    return Data(whole.utf8)
  }
}
