import OctopusRecords

// The text of records and writes: never a trap, and what is accepted prints as itself.
extension FuzzTarget {
  static let records = FuzzTarget("records") { input in
    let record = try read(input, Record.init)
    let write = try read(input, Write.init)
    if let record { try check(record) }
    if let write {
      let again = try read(write.text, Write.init)
      try expect(again?.text == write.text, "\(text(write.text)) again")
      try expect(again?.record == write.record, "\(text(write.text)) assigns the same")
      try expect(again?.conditions == write.conditions, "\(text(write.text)) asks the same")
      try check(write.record)
    }
    if let record {
      try expect(write?.record == record, "\(record) is a write")
      try expect(write?.conditions == nil, "\(record) has no conditions")
    }
    try checkApart(input, Record.init) { $0.text }
    try checkApart(input, Write.init) { $0.text }
  }

  private static func check(_ record: Record) throws {
    let again = try read(record.text, Record.init)
    try expect(again == record && again?.text == record.text, "\(record) again")
    let rebuilt = try Record(
      name: record.name, pairs: record.attributes.map { ($0.name, $0.value) })
    try expect(rebuilt.text == record.text, "\(record) of its parts: \(rebuilt)")
    try expect(rebuilt.hashValue == record.hashValue, "\(record) hashes as itself")
    for (name, value) in record.attributes {
      try expect(record[name] == value, "\(record) has \(name)")
    }
    try expect(record.textCount <= Limits.recordBytes, "\(record) is within its limit")
  }
}

/// Reads a text, or nil if it is refused: at a place in it.
func read<Read>(
  _ input: [UInt8], _ parse: (Bytes, Bytes?) throws(SyntaxError) -> Read
) throws(Violation) -> Read? {
  do throws(SyntaxError) {
    return try input.withUnsafeBufferPointer { (input) throws(SyntaxError) in
      try parse(input, nil)
    }
  } catch {
    try expect((0...input.count).contains(error.offset), "\(error) in \(text(input))")
    _ = error.caret(in: text(input))
    return nil
  }
}

/// A name and a body that come apart are read as they are together.
func checkApart<Read>(
  _ input: [UInt8], _ parse: (Bytes, Bytes?) throws(SyntaxError) -> Read, text: (Read) -> [UInt8]
) throws(Violation) {
  guard let brace = input.firstIndex(of: UInt8(ascii: "{")) else { return }
  let apart = input.withUnsafeBufferPointer { input in
    try? parse(Bytes(rebasing: input[..<brace]), Bytes(rebasing: input[brace...]))
  }
  guard let apart else { return }
  let together = try read(input, parse)
  try expect(together.map(text) == text(apart), "\(FuzzTargets.text(input)) apart and together")
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
