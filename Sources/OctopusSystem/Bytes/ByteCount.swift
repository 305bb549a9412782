/// A number of bytes with a suffix of Redis's configuration: `1048576`, `512mb`.
package enum ByteCount {
  private static let units: [(suffix: String, bytes: UInt)] = [
    ("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("tb", 1 << 40), ("k", 1_000),
    ("m", 1_000_000), ("g", 1_000_000_000), ("t", 1_000_000_000_000), ("b", 1), ("", 1),
  ]

  /// Nil if the text is no such number, or one that does not fit.
  package static func parse(_ text: String) -> Int? {
    let text = text.lowercased()
    // The last suffix is empty, which every text has.
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
      let count = text.dropLast(unit.suffix.count).utf8.number(UInt.self)
    else { return nil }
    let (bytes, overflows) = count.multipliedReportingOverflow(by: unit.bytes)
    return overflows ? nil : Int(exactly: bytes)
  }
}
