import BenchmarkResults

/// A query of known speed that is run in turn with the measured work, and shows how fast the
/// machine is at the moment: SQLite's five-attribute query among a thousand records.
struct Calibration {
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
    _ sampling: Sampling, _ octopus: (Int) -> Void
  ) -> (octopus: Samples, calibration: Samples) {
    let (octopus, calibration) = bench.time(sampling, octopus, beside: { _ in _ = table.find() })
    return (octopus, calibration)
  }
}
