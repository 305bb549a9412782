import BenchmarkResults

// The five-attribute queries beside prepared ones of SQLite, in this process too.

extension Workload {
  static let sqlite = [
    Workload("sqlite.five") { beside("sqlite.five", FiveAttributes.rare, $0) },
    Workload("sqlite.common") { beside("sqlite.common", FiveAttributes.common, $0) },
  ]

  private static func beside(
    _ workload: String, _ wanted: [(name: String, value: String)], _ context: Context
  ) -> [WorkloadResult] {
    var bench = EngineHarness()
    let table = AttributeTable(for: wanted)
    var source = FiveAttributes()
    let query = PreparedTexts([FiveAttributes.text("_", wanted)])

    var count = 0
    return context.sizes([1_000, 100_000, 1_000_000]).map { size in
      table.add(count..<size - 1) { number in
        let attributes = source.next()
        let text = FiveAttributes.text("rec_\(number)", attributes)
        bench.prepare(text) { $0.set($1) }
        return ("rec_\(number)", attributes, text)
      }
      count = size - 1
      let name = "rec_\(size / 2)x"
      let text = FiveAttributes.text(name, wanted)
      bench.prepare(text) { $0.set($1) }
      table.addWanted(size, name, text: text)

      let (octopus, sqlite) = time(
        context.sampling, { _ in query.withText(0) { bench.get($0) } },
        beside: { _ in _ = table.find() })
      precondition(table.find() == Array(text.utf8) && bench.reply.contains(name))
      bench.prepare(name) { $0.delete($1) }
      table.removeWanted(size)
      return context.row(workload, ["records": size], octopus, beside: sqlite)
    }
  }
}
