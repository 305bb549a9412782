/// The argument of SET and UPDATE: new attributes, and conditions on the existing record.
///
/// `a: value` assigns. `==` and the other comparisons, `a: r'…'` and `a: _` are conditions.
///
/// ```swift
/// let swap: Write = "counter { value: 5, value == 4 }"   // compare and set
/// ```
public struct Write: Sendable {
  /// The new attributes.
  package let record: Record
  /// The conditions, under the same name; nil if there are none.
  package let conditions: Query?

  /// A write of this record, without conditions.
  public init(_ record: Record) {
    self.record = record
    conditions = nil
  }

  /// Reads a write's text.
  ///
  /// - Throws: `SyntaxError` with the byte offset of what is wrong; `needsName` if the name is a
  ///   regular expression or `_`.
  public init(parsing text: String) throws(SyntaxError) {
    self = try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(SyntaxError) in
      try Write(bytes)
    }
  }

  /// Reads a write's text, or its name and its body apart.
  package init(_ text: Bytes, body: Bytes? = nil) throws(SyntaxError) {
    let source = try SourceText(text, body: body, limit: Limits.recordBytes)
    (record, conditions) = try source.withCopy { (copy) throws(SyntaxError) in
      try Parser.parse(copy, bodyStart: source.bodyStart) { (parser) throws(SyntaxError) in
        let record = try parser.record(besideConditions: true)
        guard !parser.terms.elements.allSatisfy(\.assigns) else { return (record, nil) }
        return (record, Query(clause: Clause(parser) { !$0.assigns }))
      }
    }
  }

  /// The canonical text, as bytes: assignments, then conditions.
  public var text: [UInt8] {
    guard let conditions else { return record.text }
    return record.withContents { contents in
      conditions.clause.withArena { arena in
        Array { text in
          let isEmpty = contents.count == 0
          text.append(Bytes(rebasing: contents.text.dropLast(isEmpty ? 1 : 2)))
          for (index, term) in conditions.clause.terms.enumerated() {
            isEmpty && index == 0 ? text.append(" ") : text.append(", ")
            text.append(term, of: conditions.clause, arena, equality: .equal)
          }
          text.append(" }")
        }
      }
    }
  }
}
