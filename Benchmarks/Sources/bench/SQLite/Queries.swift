import Figures

// The five-attribute queries beside SQLite's, prepared, in this process too.

extension Workload {
  static let sqlite = [
    Workload("sqlite.five") { beside("sqlite.five", FiveAttributes.rare, $0) },
    Workload("sqlite.common") { beside("sqlite.common", FiveAttributes.common, $0) },
  ]

  private static func beside(
    _ workload: String, _ wanted: KeyValuePairs<String, String>, _ setting: Setting
  ) -> [Row] {
    var bench = Workbench()
    let database = Database()
    var source = FiveAttributes()
    let query = Texts([FiveAttributes.text("_", wanted)])
    let cells = wanted.map { ($0.key, cell($0.value)) }
    let prepared = database.query(cells.count)
    defer { prepared.finish() }
    // The statement names its first table last.
    let bound = (cells.dropFirst() + cells.prefix(1)).flatMap { [.text($0.0), $0.1] }

    var count = 0
    return setting.sizes([1_000, 100_000, 1_000_000]).map { size in
      database.transaction {
        for number in count..<size - 1 {
          let attributes = source.next()
          let body = attributes.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
          let text = "rec_\(number) { \(body) }"
          bench.prepare(text) { $0.set($1) }
          database.add(
            number, "rec_\(number)", attributes.map { ($0.name, .integer(Int64($0.value))) },
            text: text)
        }
      }
      count = size - 1
      let name = "rec_\(size / 2)x"
      let text = FiveAttributes.text(name, wanted)
      bench.prepare(text) { $0.set($1) }
      database.add(size, name, cells, text: text)

      var runs: (octopus: [Double], sqlite: [Double]) = ([], [])
      var effort = setting.effort
      effort.runs = 1
      for _ in 0..<setting.effort.runs {
        runs.octopus += time(effort) { _ in query.withText(0) { bench.get($0) } }.runs
        runs.sqlite += time(effort) { _ in precondition(prepared.row(bound) != nil) }.runs
      }
      precondition(prepared.row(bound)! == Array(text.utf8) && bench.reply.contains(name))
      bench.prepare(name) { $0.delete($1) }
      database.remove(size, cells)
      return setting.row(
        workload, ["records": size], Figure(runs.octopus), beside: Figure(runs.sqlite))
    }
  }

  private static func cell(_ literal: String) -> Database.Cell {
    if let integer = Int64(literal) { return .integer(integer) }
    if let float = Double(literal) { return .float(float) }
    return .text(String(literal.dropFirst().dropLast()))
  }
}
