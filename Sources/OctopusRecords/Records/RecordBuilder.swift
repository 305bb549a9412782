/// Builds a record's canonical text and directory from a name and sorted attributes.
package struct RecordBuilder: ~Copyable {
  private var text: Text
  private var directory: StackBuffer<RecordContents.Entry>
  /// The plain bytes of names whose text has escapes.
  private var tail = Text()
  private let nameStart: Int
  private let nameCount: Int
  private let isNameInTail: Bool

  package init(name: Bytes) { self.init(name: name, Text(), StackBuffer()) }

  init(
    name: Bytes, _ text: consuming Text, _ directory: consuming StackBuffer<RecordContents.Entry>
  ) {
    self.text = text
    self.directory = directory
    self.text.append(name: name)
    nameCount = name.count
    nameStart = self.text.count == nameCount ? 0 : 1
    isNameInTail = self.text.count > nameCount + 2
    if isNameInTail { tail.append(name) }
  }

  /// Builds the record of this name; `append` adds its attributes.
  package static func build(
    name: Bytes, _ append: (inout RecordBuilder) throws(SyntaxError) -> Void
  ) throws(SyntaxError) -> Record {
    // Large enough for most records; a larger one moves to the heap.
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 512) {
      (text) throws(SyntaxError) in
      try withUnsafeTemporaryAllocation(of: RecordContents.Entry.self, capacity: 12) {
        (directory) throws(SyntaxError) in
        var builder = RecordBuilder(name: name, Text(lent: text), StackBuffer(lent: directory))
        try append(&builder)
        return try builder.finish()
      }
    }
  }

  /// Adds an attribute; its name comes after all those before it.
  package mutating func append(_ key: Bytes, _ value: ValueView) {
    append(key, value, isBare: isIdentifier(key))
  }

  /// Adds an attribute; `isBare` says whether its name is an identifier.
  @inline(__always)
  fileprivate mutating func append(_ key: Bytes, _ value: ValueView, isBare: Bool) {
    let key = isBare ? begin(bare: key) : begin(quoted: key)
    let valueStart = text.count
    let kind: RecordContents.Entry.Kind
    switch value {
    case .integer(let integer):
      text.append(integer: integer)
      kind = .integer
    case .string(let bytes), .symbol(let bytes):
      text.append(view: value)
      // A symbol that is no identifier is printed as a string.
      let isQuoted = text.elements[valueStart] == UInt8(ascii: "'")
      let isEscaped = text.count - valueStart > bytes.count + 2
      kind = !isQuoted ? .symbol : isEscaped ? .escapedString : .string
    case .float:
      text.append(view: value)
      kind = .float
    case .boolean:
      text.append(view: value)
      kind = .boolean
    }
    directory.append(RecordContents.Entry(key: key, value: valueStart, kind: kind))
  }

  /// Adds an attribute as it is in another record.
  package mutating func append(_ contents: RecordContents, _ index: Int) {
    let entry = contents.directory[index]
    let start = contents.start(of: index)
    directory.count == 0 ? text.append(" { ") : text.append(", ")
    var moved = entry.moved(by: text.count - start)
    if case .escaped = entry.key {
      let key = appendToTail(contents.key(index), textCount: entry.value - 2 - start)
      moved = RecordContents.Entry(key: key, value: moved.value, kind: entry.kind)
    }
    directory.append(moved)
    text.append(Bytes(rebasing: contents.text[start..<contents.end(of: index)]))
  }

  @inline(__always)
  private mutating func begin(bare key: Bytes) -> RecordContents.Entry.Key {
    let isFirst = directory.count == 0
    let target = text.reserve(key.count &+ 5)
    target[0] = isFirst ? UInt8(ascii: " ") : UInt8(ascii: ",")
    target[1] = isFirst ? UInt8(ascii: "{") : UInt8(ascii: " ")
    target[2] = UInt8(ascii: " ")  // After a comma, the key overwrites it.
    let start = isFirst ? 3 : 2
    (target + start).update(from: key.baseAddress.unsafelyUnwrapped, count: key.count)
    target[start &+ key.count] = UInt8(ascii: ":")
    target[start &+ key.count &+ 1] = UInt8(ascii: " ")
    text.extend(by: start &+ key.count &+ 2)
    return .bare(text.count &- key.count &- 2)
  }

  @inline(never)
  private mutating func begin(quoted key: Bytes) -> RecordContents.Entry.Key {
    directory.count == 0 ? text.append(" { ") : text.append(", ")
    let start = text.count
    text.append(quoted: key)
    let textCount = text.count - start
    text.append(": ")
    return textCount == key.count + 2
      ? .quoted(start + 1) : appendToTail(key, textCount: textCount)
  }

  private mutating func appendToTail(
    _ key: Bytes, textCount: Int
  ) -> RecordContents.Entry.Key {
    // Both fit: names are limited, and no byte takes more than six.
    for count in [UInt16(key.count), UInt16(textCount)] {
      withUnsafeBytes(of: count) { tail.append($0.assumingMemoryBound(to: UInt8.self)) }
    }
    tail.append(key)
    return .escaped(tail.count - key.count)
  }

  /// The record.
  ///
  /// - Throws: `tooLong` if its text is longer than `Limits.recordBytes`, or if it has more than
  ///   `Limits.attributes`.
  package consuming func finish() throws(SyntaxError) -> Record {
    guard directory.count <= Limits.attributes else { throw .tooManyAttributes(at: text.count) }
    directory.count == 0 ? text.append(" {}") : text.append(" }")
    guard text.count <= Limits.recordBytes else {
      throw SyntaxError(
        "a record longer than \(Limits.recordBytes) bytes", at: Limits.recordBytes,
        reason: .tooLong)
    }
    return Record(
      storage: .make(
        text: text.elements, tail: tail.elements, directory: directory.elements,
        nameStart: isNameInTail ? text.count : nameStart, nameCount: nameCount))
  }
}

extension Parser {
  /// The record that the assignments describe.
  ///
  /// - Parameter conditions: Whether there may be conditions, which are then ignored.
  borrowing func record(besideConditions conditions: Bool) throws(SyntaxError) -> Record {
    let name = try exactName()
    if let record = canonicalRecord() { return record }
    return try RecordBuilder.build(name: name) { (builder) throws(SyntaxError) in
      try appendAssignments(to: &builder, besideConditions: conditions)
    }
  }

  private borrowing func appendAssignments(
    to builder: inout RecordBuilder, besideConditions conditions: Bool
  ) throws(SyntaxError) {
    var last: Bytes?
    for term in terms.elements {
      guard term.assigns else {
        if conditions { continue }
        throw error("a condition, where a record is needed", in: term)
      }
      let key = term.attribute.bytes(arena)
      if let last, compareBytes(last, key) == 0 {
        throw error("a second value for \(quoted(key))", in: term)
      }
      last = key
      // An assignment's operand is a value.
      let value = term.operand.view(arena).unsafelyUnwrapped
      builder.append(key, value, isBare: !isQuoted(term.attribute) || isIdentifier(key))
    }
  }
}

extension Record {
  package init(name: String, pairs: [(String, Value)]) throws(SyntaxError) {
    try Record.check(name: name)
    let pairs = pairs.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    self = try Array(name.utf8).withUnsafeBufferPointer { (name) throws(SyntaxError) in
      var builder = RecordBuilder(name: name)
      var last: String?
      for (key, value) in pairs {
        try Record.check(key: key, value)
        // By bytes: names that are canonically equivalent in Unicode are different names.
        if let last, last.utf8.elementsEqual(key.utf8) {
          throw SyntaxError("a second value for \(Value.string(key))", at: 0)
        }
        last = key
        var key = key
        key.withUTF8 { key in value.withView { builder.append(key, $0) } }
      }
      return try builder.finish()
    }
  }

  private static func check(name: String) throws(SyntaxError) {
    guard !name.isEmpty else { throw SyntaxError("an empty name", at: 0) }
    guard name.utf8.count <= Limits.nameBytes else { throw .nameTooLong(at: 0) }
  }

  private static func check(key: String, _ value: Value) throws(SyntaxError) {
    try check(name: key)
    if case .float(let float) = value, !float.isFinite {
      throw SyntaxError("\(Value.string(key)) is \(float), which no record can hold", at: 0)
    }
    // Checked before the builder, which counts in 32 bits.
    if let text = value.text, text.utf8.count > Limits.recordBytes {
      throw SyntaxError(
        "\(Value.string(key)) is longer than a record can be", at: 0, reason: .tooLong)
    }
  }
}
