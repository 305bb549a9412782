import BenchmarkResults

// Subscriptions and triggers, of which one matches each record.

extension Workload {
  static let publishing = [
    Workload("engine.publish") { context in
      matching(
        "engine.publish", "subscriptions", [1, 10, 100, 1_000, 2_048, 10_000, 100_000, 1_000_000],
        context, query: { "_ { val: \($0) }" }, record: { "msg { val: \($0) }" },
        add: { $0.subscribe($1) }, send: { $0.publish($1) })
    },
    Workload("engine.triggers") { context in
      matching(
        "engine.triggers", "triggers", [1, 10, 100, 1_000, 2_048, 10_000, 100_000, 1_000_000],
        context, query: { "_ { val: \($0) }" }, record: { "msg { val: \($0) }" },
        add: { $0.addTrigger($1) }, send: { $0.set($1) })
    },
    Workload("engine.intervals") { context in
      matching(
        "engine.intervals", "subscriptions", [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
        context, query: { "_ { val >= \($0 * 10), val < \($0 * 10 + 10) }" },
        record: { "msg { val: \($0 * 10 + 7) }" },
        add: { $0.subscribe($1) }, send: { $0.publish($1) })
    },
    Workload("engine.regexes") { context in
      matching(
        "engine.regexes", "subscriptions", [1, 10, 100, 1_000, 10_000], context,
        query: { "_ { text: r'host-\($0)\\.(lan|local)' }" },
        record: {
          let noise = UInt64($0) &* 0x9e37_79b9_7f4a_7c15
          return "msg { text: 'job \(noise % 1_000_000) on host-\($0).lan' }"
        },
        add: { $0.subscribe($1) }, send: { $0.publish($1) })
    },
  ]

  /// Results for n numbered queries, for each of `sizes`, and records of which each matches one.
  private static func matching(
    _ workload: String, _ what: String, _ sizes: [Int], _ context: Context,
    query: (Int) -> String, record: (Int) -> String,
    add: (inout EngineHarness, UnsafeBufferPointer<UInt8>) -> Void,
    send: (inout EngineHarness, UnsafeBufferPointer<UInt8>) -> Void
  ) -> [WorkloadResult] {
    var bench = EngineHarness()
    var count = 0
    let calibration = Calibration()
    return context.sizes(sizes).map { size in
      for number in count..<size { bench.prepare(query(number), add) }
      count = size
      bench.compilePatterns()
      let records = PreparedTexts(drawnBelow: size, record)
      let samples = calibration.time(context.sampling) { turn in
        records.withText(turn) { send(&bench, $0) }
      }
      precondition(bench.deliveries == 1, "\(bench.deliveries) were deliveries")
      return context.row(workload, [what: size], samples)
    }
  }
}
