import BenchmarkResults

// Who hears of a record: subscriptions and triggers, of which one matches.

extension Workload {
  static let publishing = [
    Workload("engine.publish") { setting in
      matching(
        "engine.publish", "subscriptions", [1, 10, 100, 1_000, 2_048, 10_000, 100_000, 1_000_000],
        setting, query: { "_ { val: \($0) }" }, record: { "msg { val: \($0) }" },
        add: { $0.subscribe($1) }, tell: { $0.publish($1) })
    },
    Workload("engine.triggers") { setting in
      matching(
        "engine.triggers", "triggers", [1, 10, 100, 1_000, 2_048, 10_000, 100_000, 1_000_000],
        setting, query: { "_ { val: \($0) }" }, record: { "msg { val: \($0) }" },
        add: { $0.watch($1) }, tell: { $0.set($1) })
    },
    Workload("engine.intervals") { setting in
      matching(
        "engine.intervals", "subscriptions", [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
        setting, query: { "_ { val >= \($0 * 10), val < \($0 * 10 + 10) }" },
        record: { "msg { val: \($0 * 10 + 7) }" },
        add: { $0.subscribe($1) }, tell: { $0.publish($1) })
    },
    Workload("engine.regexes") { setting in
      matching(
        "engine.regexes", "subscriptions", [1, 10, 100, 1_000, 10_000], setting,
        query: { "_ { text: r'host-\($0)\\.(lan|local)' }" },
        record: {
          let noise = UInt64($0) &* 0x9e37_79b9_7f4a_7c15
          return "msg { text: 'job \(noise % 1_000_000) on host-\($0).lan' }"
        },
        add: { $0.subscribe($1) }, tell: { $0.publish($1) })
    },
  ]

  /// Rows of as many queries as `sizes` say, numbered, and records of which each matches one.
  private static func matching(
    _ workload: String, _ what: String, _ sizes: [Int], _ setting: Setting,
    query: (Int) -> String, record: (Int) -> String,
    add: (inout Workbench, UnsafeBufferPointer<UInt8>) -> Void,
    tell: (inout Workbench, UnsafeBufferPointer<UInt8>) -> Void
  ) -> [Row] {
    var bench = Workbench()
    var count = 0
    let yardstick = Yardstick()
    return setting.sizes(sizes).map { size in
      for number in count..<size { bench.prepare(query(number), add) }
      count = size
      bench.compilePatterns()
      let records = Texts(drawnBelow: size, record)
      let figures = yardstick.time(setting.effort) { turn in
        records.withText(turn) { tell(&bench, $0) }
      }
      precondition(bench.told == 1, "\(bench.told) were told")
      return setting.row(workload, [what: size], figures)
    }
  }
}
