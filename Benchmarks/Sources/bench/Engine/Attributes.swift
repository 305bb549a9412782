import Figures

// Records by their attributes.

/// Five attributes out of fifteen names, with fifteen values.
struct FiveAttributes {
  static let names = [
    "weight", "value", "attr", "bench", "rand", "size", "state", "bus", "class", "device",
    "function", "iref", "level", "owner", "vendor",
  ]

  /// What one record matches, and no value of which is anywhere else.
  static let rare: KeyValuePairs = [
    "weight": "999", "value": "'high'", "attr": "999", "bench": "1234.123", "rand": "'1'",
  ]
  /// What one record matches, and each of which one record in forty-five meets.
  static let common: KeyValuePairs = [
    "weight": "3", "value": "3", "attr": "3", "bench": "3", "rand": "3",
  ]

  static func text(_ name: String, _ attributes: KeyValuePairs<String, String>) -> String {
    "\(name) { \(attributes.map { "\($0.key): \($0.value)" }.joined(separator: ", ")) }"
  }

  private var draw = Draw()

  /// The attributes of the next record.
  mutating func next() -> [(name: String, value: Int)] {
    Self.names.shuffled(using: &draw).prefix(5).map { ($0, draw.below(15)) }
  }
}

extension Workload {
  static let attributes = [
    Workload("engine.five") { setting in fiveAttributes("engine.five", FiveAttributes.rare, setting)
    },
    Workload("engine.common") { setting in
      fiveAttributes("engine.common", FiveAttributes.common, setting)
    },
  ]

  private static func fiveAttributes(
    _ workload: String, _ wanted: KeyValuePairs<String, String>, _ setting: Setting
  ) -> [Row] {
    var bench = Workbench()
    var source = FiveAttributes()
    var count = 0
    let text = FiveAttributes.text("_", wanted)
    let query = Texts([text])
    return setting.sizes([8, 256, 1_000, 20_000, 100_000, 1_000_000]).map { size in
      bench.fill(&count, to: size - 1) { number in
        let body = source.next().map { "\($0.name): \($0.value)" }.joined(separator: ", ")
        return "rec_\(number) { \(body) }"
      }
      // In the middle of the names, so that walking them meets half of the records.
      let name = "rec_\(size / 2)x"
      bench.prepare(FiveAttributes.text(name, wanted)) { $0.set($1) }
      let figure = time(setting.effort) { _ in query.withText(0) { bench.get($0) } }
      precondition(bench.reply.contains("\(name) { "), bench.reply)
      let plan = bench.plan(of: text)
      bench.prepare(name) { $0.delete($1) }
      return setting.row(workload, ["records": size], figure, plan: plan)
    }
  }
}
