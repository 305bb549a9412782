/// Builds a record's canonical text and directory from a name and sorted attributes.
package struct RecordBuilder {
  private var text: [UInt8] = []
  private var directory: [RecordContents.Entry] = []
  private var nameStart = 0
  private var nameCount = 0
  private var plainName: [UInt8]?

  package init(name: Bytes, expectedBytes: Int = 64, expectedAttributes: Int = 8) {
    text.reserveCapacity(expectedBytes)
    directory.reserveCapacity(expectedAttributes)
    text.append(name: name)
    nameCount = name.count
    if text.count != name.count { nameStart = 1 }
    if text.count > name.count + 2 { plainName = Array(name) }
  }

  /// Adds an attribute; its name comes after all those before it.
  package mutating func append(_ key: Bytes, _ value: ValueView) {
    let start = beginAttribute(key)
    let valueStart = text.count
    text.append(view: value)
    let kind: RecordContents.Entry.Kind
    switch value {
    case .integer: kind = .integer
    case .float: kind = .float
    case .boolean: kind = .boolean
    case .string(let bytes), .symbol(let bytes):
      let count = text.count - valueStart
      kind =
        text[valueStart] != UInt8(ascii: "'")
        ? .symbol : count == bytes.count + 2 ? .string : .escapedString
    }
    directory.append(RecordContents.Entry(key: start, value: valueStart, kind: kind))
  }

  /// Adds an attribute as it is in another record.
  package mutating func append(_ contents: RecordContents, _ index: Int) {
    let start = beginAttribute(contents.key(index))
    directory.append(
      RecordContents.Entry(key: start, value: text.count, kind: contents.directory[index].kind))
    text.append(contentsOf: contents.valueText(index))
  }

  private mutating func beginAttribute(_ key: Bytes) -> Int {
    directory.isEmpty ? text.append(" { ") : text.append(", ")
    let start = text.count
    text.append(contentsOf: key)
    text.append(": ")
    return start
  }

  /// The record.
  ///
  /// - Throws: `tooLong` if its text is longer than `Limits.recordBytes`.
  package consuming func finish() throws(SyntaxError) -> Record {
    directory.isEmpty ? text.append(" {}") : text.append(" }")
    guard text.count <= Limits.recordBytes else {
      throw SyntaxError(
        "a record longer than \(Limits.recordBytes) bytes", at: Limits.recordBytes,
        reason: .tooLong)
    }
    let storage =
      if let plainName {
        plainName.withUnsafeBufferPointer {
          RecordStorage.make(
            text: text, directory: directory, nameStart: nameStart, nameCount: nameCount,
            plainName: $0)
        }
      } else {
        RecordStorage.make(
          text: text, directory: directory, nameStart: nameStart, nameCount: nameCount)
      }
    return Record(storage: storage)
  }
}

extension Record {
  /// The record that a clause's assignments describe; its other terms are not looked at.
  init(assignmentsOf clause: Clause) throws(SyntaxError) {
    let name = try clause.exactName()
    self = try clause.arena.withUnsafeBufferPointer { (arena) throws(SyntaxError) in
      var builder = RecordBuilder(
        name: Bytes(rebasing: arena[name.range]), expectedBytes: arena.count + 64,
        expectedAttributes: clause.terms.count)
      var last: Bytes?
      for term in clause.terms where term.assigns {
        let key = Bytes(rebasing: arena[term.attribute.range])
        if let last, compareBytes(last, key) == 0 {
          throw SyntaxError(
            "a second value for '\(String(decoding: key, as: UTF8.self))'", at: Int(term.offset))
        }
        last = key
        // An assignment's operand is a value.
        builder.append(key, term.operand.view(arena)!)
      }
      return try builder.finish()
    }
  }

  package init(name: String, pairs: [(String, Value)]) throws(SyntaxError) {
    var clause = Clause()
    clause.name = .exact(try clause.append(name, isIdentifier: false))
    for (key, value) in pairs {
      let attribute = try clause.append(key, isIdentifier: true)
      let operand: Clause.Operand
      switch value {
      case .integer(let integer): operand = .integer(integer)
      case .boolean(let boolean): operand = .boolean(boolean)
      case .float(let float):
        guard float.isFinite else {
          throw SyntaxError("'\(key)' is \(float), which no record can hold", at: 0)
        }
        operand = .float(float)
      case .string(let text): operand = .string(clause.append(text))
      case .symbol(let text): operand = .symbol(clause.append(text))
      }
      clause.terms.append(
        Clause.Term(attribute: attribute, relation: .colon, operand: operand, offset: 0))
    }
    clause.sortTerms()
    self = try Record(assignmentsOf: clause)
  }
}

extension Clause {
  /// The name, where it must be a name.
  package func exactName() throws(SyntaxError) -> Slice {
    guard case .exact(let name) = name else {
      throw SyntaxError(
        "a name is needed here, not a pattern", at: nameOffset, reason: .needsName)
    }
    return name
  }

  fileprivate mutating func append(_ text: String) -> Slice {
    let start = arena.count
    arena.append(contentsOf: text.utf8)
    return Slice(start: UInt32(start), count: UInt32(arena.count - start))
  }

  fileprivate mutating func append(
    _ name: String, isIdentifier mustBeIdentifier: Bool
  ) throws(SyntaxError) -> Slice {
    let slice = append(name)
    guard slice.count > 0 else { throw SyntaxError("an empty name", at: 0) }
    guard slice.count <= Limits.nameBytes else {
      throw SyntaxError(
        "a name longer than \(Limits.nameBytes) bytes", at: 0, reason: .tooLong)
    }
    let isProper = arena.withUnsafeBufferPointer { isIdentifier(Bytes(rebasing: $0[slice.range])) }
    guard isProper || !mustBeIdentifier else {
      throw SyntaxError("'\(name)' cannot be an attribute's name", at: 0)
    }
    return slice
  }
}

extension Clause.Operand {
  /// The value, in place; nil for a pattern and for `_`.
  package func view(_ arena: Bytes) -> ValueView? {
    switch self {
    case .integer(let value): .integer(value)
    case .float(let value): .float(value)
    case .boolean(let value): .boolean(value)
    case .string(let slice): .string(Bytes(rebasing: arena[slice.range]))
    case .symbol(let slice): .symbol(Bytes(rebasing: arena[slice.range]))
    case .pattern, .present: nil
    }
  }
}
