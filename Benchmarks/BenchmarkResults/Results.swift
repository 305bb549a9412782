import Foundation

// All measurements, as the repository keeps them.

/// Measurements, each with its day and processor.
package struct Results: Codable, Equatable, Sendable {
  package var machine: Machine
  package var measurements: [WorkloadResult]

  package init(machine: Machine, measurements: [WorkloadResult] = []) {
    self.machine = machine
    self.measurements = measurements
  }

  /// The measurements of one workload, in the order in which they were made.
  package func of(_ workload: String) -> [WorkloadResult] {
    measurements.filter { $0.workload == workload }
  }

  /// The days of measurements by processor: `["AMD EPYC": ["2026-11-24", "2026-11-25"]]`.
  package var days: [String: Set<String>] {
    Dictionary(grouping: measurements, by: \.processor).mapValues { Set($0.map(\.date)) }
  }

  /// Replaces the measurements of the same workloads.
  package mutating func replace(with new: [WorkloadResult]) {
    let workloads = Set(new.map(\.workload))
    measurements.removeAll { workloads.contains($0.workload) }
    measurements += new
    // Stable, so that measuring one workload again changes no other line.
    let order = Dictionary(grouping: measurements.indices, by: { measurements[$0].workload })
    measurements = order.keys.sorted().flatMap { order[$0]!.map { measurements[$0] } }
  }
}

/// A workload with its parameters: samples of Octopus and, where there is one, of the peer.
package struct WorkloadResult: Codable, Equatable, Sendable {
  /// Such as `engine.get`; the report knows what it means.
  package var workload: String
  /// Such as `["records": 1000]`.
  package var at: [String: Int]
  /// The day, as 2026-11-23.
  package var date: String
  /// The name that the system gives it.
  package var processor: String
  package var octopus: Samples
  package var peer: Samples?
  /// Samples of a query of known speed, taken in turn: how fast the machine was.
  package var calibration: Samples?
  package var plan: Plan?
  package var stall: Stall?

  package init(
    _ workload: String, at: [String: Int] = [:], date: String, processor: String,
    octopus: Samples, peer: Samples? = nil, calibration: Samples? = nil, plan: Plan? = nil,
    stall: Stall? = nil
  ) {
    self.workload = workload
    self.at = at
    self.date = date
    self.processor = processor
    self.octopus = octopus
    self.peer = peer
    self.calibration = calibration
    self.plan = plan
    self.stall = stall
  }

  /// The median of Octopus' samples divided by the peer's, of runs in pairs.
  package var ratio: Double? { peer.map { octopus.ratio(to: $0) } }
}

/// The plan of a query, from EXPLAIN.
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

/// What one client did while another waited; the samples say how long that one waited at most.
package struct Stall: Codable, Equatable, Sendable {
  /// In seconds: another client must not wait longer.
  package var bound: Double
  /// The seconds until the first client had its reply.
  package var taken: Double
  /// The beginning of that, much as it is on the wire: `+OK`, `-LIMIT one step …`.
  package var reply: String

  /// The code, if it is an error.
  package var refusal: Substring? {
    reply.hasPrefix("-") ? reply.dropFirst().prefix { $0 != " " } : nil
  }

  package init(bound: Double, taken: Double, reply: String) {
    self.bound = bound
    self.taken = rounded(taken)
    self.reply = reply
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
