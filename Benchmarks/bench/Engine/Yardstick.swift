import BenchmarkResults

/// Something of known speed, run in turn with what is measured: SQLite's five-attribute query among a
/// thousand records. It says how fast the machine was at the moment.
struct Yardstick {
  private let table = AttributeTable(for: FiveAttributes.rare)

  init() {
    var source = FiveAttributes()
    table.add(0..<999) { number in
      let attributes = source.next()
      return ("rec_\(number)", attributes, FiveAttributes.text("rec_\(number)", attributes))
    }
    table.addWanted(999, "rec_500x", text: FiveAttributes.text("rec_500x", FiveAttributes.rare))
  }

  func time(
    _ effort: Effort, _ octopus: (Int) -> Void
  ) -> (octopus: Figure, yardstick: Figure) {
    let (octopus, yardstick) = bench.time(effort, octopus, beside: { _ in _ = table.ask() })
    return (octopus, yardstick)
  }
}
