import BenchmarkResults

// Records by name: get, set and delete, and names by regular expressions.

extension Workload {
  static let engine =
    [
      Workload("engine.get") { setting in
        var bench = Workbench()
        var count = 0
        let yardstick = Yardstick()
        return setting.sizes([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 1_400_000]).map {
          size in
          bench.fill(&count, to: size) { "object\($0) { attr: 'object\($0)' }" }
          let names = Texts(drawnBelow: size) { "object\($0)" }
          let figures = yardstick.time(setting.effort) { turn in
            names.withText(turn) { bench.get($0) }
          }
          precondition(bench.reply.contains(" { attr: 'object"), bench.reply)
          return setting.row(
            "engine.get", ["records": size], figures,
            plan: bench.plan(of: "object\(size - 1)"))
        }
      },

      Workload("engine.set") { setting in
        var bench = Workbench()
        var count = 0
        let yardstick = Yardstick()
        let record = Texts(["zzz { attr: 'zzz' }"])
        let name = Texts(["zzz"])
        return setting.sizes([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 1_400_000]).map {
          size in
          bench.fill(&count, to: size) { "rec_\($0) { attr: 'rec_\($0)' }" }
          let figures = yardstick.time(setting.effort) { _ in
            record.withText(0) { bench.set($0) }
            name.withText(0) { bench.delete($0) }
          }
          precondition(bench.reply == ":1\r\n", bench.reply)
          return setting.row("engine.set", ["records": size], figures)
        }
      },

      Workload("engine.names") { setting in
        names(
          "engine.names", setting, name: { "bus\($0 / 100).port\($0 / 10).line\($0)" },
          query: { first, results in
            switch results {
            case 1: "r'^bus\(first / 100)\\.port\(first / 10)\\.line\(first)$'"
            case 10: "r'^bus\(first / 100)\\.port\(first / 10)\\.'"
            default: "r'^bus\(first / 100)\\.'"
            }
          })
      },
      // The literal prefix ends in digits, as do the names.
      Workload("engine.numbers") { setting in
        names(
          "engine.numbers", setting, name: { "object\($0)" },
          query: { first, results in
            switch results {
            case 1: "r'^object\(first)$'"
            case 10: "r'^object\(first / 10)[0-9]$'"
            default: "r'^object\(first / 100)[0-9][0-9]$'"
            }
          })
      },
    ] + attributes + publishing + language

  /// All names that a regular expression is found in, among 100,000; `first` is the first of them.
  private static func names(
    _ workload: String, _ setting: Setting, name: (Int) -> String, query: (Int, Int) -> String
  ) -> [Row] {
    var bench = Workbench()
    var count = 0
    let yardstick = Yardstick()
    let size = min(100_000, setting.effort.largest)
    bench.fill(&count, to: size) { "\(name($0)) { attr: '\(name($0))' }" }
    return [1, 10, 100].map { results in
      func text(_ number: Int) -> String { query((number + size / 1_000) * 100, results) }
      let queries = Texts(drawnBelow: size / 100 - size / 1_000, text)
      let figures = yardstick.time(setting.effort) { turn in
        queries.withText(turn) { bench.names($0) }
      }
      precondition(bench.reply.hasPrefix("*\(results)\r\n"), bench.reply)
      return setting.row(
        workload, ["results": results], figures, plan: bench.plan(of: text(0)))
    }
  }
}

extension Workbench {
  /// Sets records until there are so many.
  mutating func fill(_ count: inout Int, to size: Int, _ text: (Int) -> String) {
    for number in count..<size { prepare(text(number)) { $0.set($1) } }
    count = size
  }
}
