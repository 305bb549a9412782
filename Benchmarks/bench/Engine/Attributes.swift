import BenchmarkResults
import Generators

// Records by their attributes.

/// Five attributes out of fifteen names, with fifteen values.
struct FiveAttributes {
  static let names = [
    "weight", "value", "attr", "bench", "rand", "size", "state", "bus", "class", "device",
    "function", "iref", "level", "owner", "vendor",
  ]

  /// Conditions that one record meets; no other record has any of these values.
  static let rare = [
    (name: "weight", value: "999"), (name: "value", value: "'high'"), (name: "attr", value: "999"),
    (name: "bench", value: "1234.123"), (name: "rand", value: "'1'"),
  ]
  /// Conditions that one record meets together, and one record in forty-five each.
  static let common = rare.map { (name: $0.name, value: "3") }

  static func text<Value>(_ name: String, _ attributes: [(name: String, value: Value)]) -> String {
    "\(name) { \(attributes.map { "\($0.name): \($0.value)" }.joined(separator: ", ")) }"
  }

  private var random = Random.ofBenchmarks

  /// The attributes of the next record.
  mutating func next() -> [(name: String, value: Int)] {
    Self.names.shuffled(using: &random).prefix(5).map { ($0, random.below(15)) }
  }
}

extension Workload {
  static let attributes = [
    Workload("engine.five") { context in fiveAttributes("engine.five", FiveAttributes.rare, context)
    },
    Workload("engine.common") { context in
      fiveAttributes("engine.common", FiveAttributes.common, context)
    },
  ]

  private static func fiveAttributes(
    _ workload: String, _ wanted: [(name: String, value: String)], _ context: Context
  ) -> [WorkloadResult] {
    var bench = EngineHarness()
    var source = FiveAttributes()
    var count = 0
    let text = FiveAttributes.text("_", wanted)
    let query = PreparedTexts([text])
    let calibration = Calibration()
    return context.sizes([8, 256, 1_000, 20_000, 100_000, 1_000_000]).map { size in
      bench.fill(&count, to: size - 1) { FiveAttributes.text("rec_\($0)", source.next()) }
      // In the middle of the names, so that walking them meets half of the records.
      let name = "rec_\(size / 2)x"
      bench.prepare(FiveAttributes.text(name, wanted)) { $0.set($1) }
      let samples = calibration.time(context.sampling) { _ in query.withText(0) { bench.get($0) } }
      precondition(bench.reply.contains("\(name) { "), bench.reply)
      let plan = bench.plan(of: text)
      bench.prepare(name) { $0.delete($1) }
      return context.row(workload, ["records": size], samples, plan: plan)
    }
  }
}
