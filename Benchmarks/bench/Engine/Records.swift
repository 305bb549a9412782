import BenchmarkResults

// Records by name: get, set and delete, and names by regular expressions.

extension Workload {
  static let engine =
    [
      Workload("engine.get") { context in
        var bench = EngineHarness()
        var count = 0
        let calibration = Calibration()
        return context.sizes([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 1_400_000]).map {
          size in
          bench.fill(&count, to: size) { "object\($0) { attr: 'object\($0)' }" }
          let names = PreparedTexts(drawnBelow: size) { "object\($0)" }
          let samples = calibration.time(context.sampling) { turn in
            names.withText(turn) { bench.get($0) }
          }
          precondition(bench.reply.contains(" { attr: 'object"), bench.reply)
          return context.row(
            "engine.get", ["records": size], samples,
            plan: bench.plan(of: "object\(size - 1)"))
        }
      },

      Workload("engine.set") { context in
        var bench = EngineHarness()
        var count = 0
        let calibration = Calibration()
        let record = PreparedTexts(["zzz { attr: 'zzz' }"])
        let name = PreparedTexts(["zzz"])
        return context.sizes([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 1_400_000]).map {
          size in
          bench.fill(&count, to: size) { "rec_\($0) { attr: 'rec_\($0)' }" }
          let samples = calibration.time(context.sampling) { _ in
            record.withText(0) { bench.set($0) }
            name.withText(0) { bench.delete($0) }
          }
          precondition(bench.reply == ":1\r\n", bench.reply)
          return context.row("engine.set", ["records": size], samples)
        }
      },

      Workload("engine.names") { context in
        names(
          "engine.names", context, name: { "bus\($0 / 100).port\($0 / 10).line\($0)" },
          query: { first, results in
            switch results {
            case 1: "r'^bus\(first / 100)\\.port\(first / 10)\\.line\(first)$'"
            case 10: "r'^bus\(first / 100)\\.port\(first / 10)\\.'"
            default: "r'^bus\(first / 100)\\.'"
            }
          })
      },
      // The literal prefix ends in digits, as do the names.
      Workload("engine.numbers") { context in
        names(
          "engine.numbers", context, name: { "object\($0)" },
          query: { first, results in
            switch results {
            case 1: "r'^object\(first)$'"
            case 10: "r'^object\(first / 10)[0-9]$'"
            default: "r'^object\(first / 100)[0-9][0-9]$'"
            }
          })
      },
    ] + attributes + publishing + language

  /// The names that match a regular expression, among 100,000; `first` is the number of the first.
  private static func names(
    _ workload: String, _ context: Context, name: (Int) -> String, query: (Int, Int) -> String
  ) -> [WorkloadResult] {
    var bench = EngineHarness()
    var count = 0
    let calibration = Calibration()
    let size = min(100_000, context.sampling.largest)
    bench.fill(&count, to: size) { "\(name($0)) { attr: '\(name($0))' }" }
    return [1, 10, 100].map { results in
      func text(_ number: Int) -> String { query((number + size / 1_000) * 100, results) }
      let queries = PreparedTexts(drawnBelow: size / 100 - size / 1_000, text)
      let samples = calibration.time(context.sampling) { turn in
        queries.withText(turn) { bench.names($0) }
      }
      precondition(bench.reply.hasPrefix("*\(results)\r\n"), bench.reply)
      return context.row(
        workload, ["results": results], samples, plan: bench.plan(of: text(0)))
    }
  }
}

extension EngineHarness {
  /// Sets records until there are `size`.
  mutating func fill(_ count: inout Int, to size: Int, _ text: (Int) -> String) {
    for number in count..<size { prepare(text(number)) { $0.set($1) } }
    count = size
  }
}
