// The fast path for a text that is canonical already: it is copied instead of printed.

extension Parser {
  /// The record of the whole text, if that is its canonical text; nil also if to find out would
  /// take longer than to print it.
  ///
  /// Each piece is compared at its canonical position. An escape, an additional blank or another
  /// order of attributes moves a piece away from there.
  borrowing func canonicalRecord() -> Record? {
    guard bodyStart == nil, case .exact(let name) = name,
      terms.elements.count <= Limits.attributes
    else { return nil }
    return withUnsafeTemporaryAllocation(of: RecordContents.Entry.self, capacity: 12) { lent in
      var directory = StackBuffer(lent: lent)
      guard hasCanonicalName(name), collectEntries(into: &directory, after: name) else {
        return nil
      }
      return Record(
        storage: .make(
          text: arena, directory: directory.elements, nameStart: name.range.lowerBound,
          nameCount: name.range.count))
    }
  }

  /// Whether the name is bare at the start, or in quotes that it needs.
  private borrowing func hasCanonicalName(_ name: Clause.Slice) -> Bool {
    switch name.start {
    case 0: true
    case 1: text[0] == UInt8(ascii: "'") && !isIdentifier(name.bytes(arena))
    default: false
    }
  }

  /// Collects the entries of the attributes; false if one is not at its canonical position.
  private borrowing func collectEntries(
    into directory: inout StackBuffer<RecordContents.Entry>, after name: Clause.Slice
  ) -> Bool {
    let terms = terms.elements
    // A quoted name begins at 1 and is followed by its quote.
    let nameEnd = name.range.upperBound &+ name.range.lowerBound
    guard terms.count > 0 else { return has(" {}", at: nameEnd) && nameEnd &+ 3 == end }
    guard has(" { ", at: nameEnd), has(" }", at: end &- 2) else { return false }
    var position = nameEnd &+ 3
    for index in terms.indices {
      let (term, isLast) = (terms[index], index &+ 1 == terms.count)
      let key = term.attribute.range
      let isQuoted = isQuoted(term.attribute)
      let next = isLast ? end : textStart(of: terms[index &+ 1].attribute)
      let value = (start: key.upperBound &+ (isQuoted ? 3 : 2), end: next &- 2)
      guard textStart(of: term.attribute) == position, value.start < value.end,
        isQuoted
          ? has("': ", at: key.upperBound) && !isIdentifier(term.attribute.bytes(arena))
          : has(": ", at: key.upperBound),
        isLast || has(", ", at: value.end) && isAscending(terms, at: index),
        let kind = kind(of: term.operand, from: value.start, to: value.end)
      else { return false }
      directory.append(
        RecordContents.Entry(
          key: isQuoted ? .quoted(key.lowerBound) : .bare(position), value: value.start, kind: kind)
      )
      position = next
    }
    return true
  }

  /// Whether an attribute's name is in quotes. There is always a byte before it.
  @inline(__always)
  borrowing func isQuoted(_ attribute: Clause.Slice) -> Bool {
    text[attribute.range.lowerBound &- 1] == UInt8(ascii: "'")
  }

  @inline(__always)
  private borrowing func textStart(of attribute: Clause.Slice) -> Int {
    attribute.range.lowerBound &- (isQuoted(attribute) ? 1 : 0)
  }

  /// The kind of a value whose canonical text is at these positions, else nil.
  private borrowing func kind(
    of operand: Clause.Operand, from start: Int, to end: Int
  ) -> RecordContents.Entry.Kind? {
    switch operand {
    case .string(let slice): slice.isText(from: start &+ 1, to: end &- 1) ? .string : nil
    case .symbol(let slice): slice.isText(from: start, to: end) ? .symbol : nil
    case .boolean(let value): end &- start == (value ? 4 : 5) ? .boolean : nil
    case .integer: isCanonical(integer: Bytes(rebasing: arena[start..<end])) ? .integer : nil
    case .float, .pattern, .present: nil
    }
  }

  private borrowing func isAscending(
    _ terms: UnsafeBufferPointer<Clause.Term>, at index: Int
  ) -> Bool {
    let (key, next) = (terms[index].attribute, terms[index &+ 1].attribute)
    return compareBytes(key.bytes(arena), next.bytes(arena)) < 0
  }

  @inline(__always)
  private borrowing func has(_ piece: StaticString, at position: Int) -> Bool {
    guard position &+ piece.utf8CodeUnitCount <= end else { return false }
    for index in 0..<piece.utf8CodeUnitCount where text[position &+ index] != piece.utf8Start[index]
    {
      return false
    }
    return true
  }
}

extension Clause.Slice {
  @inline(__always)
  fileprivate func isText(from start: Int, to end: Int) -> Bool {
    range.lowerBound == start && range.upperBound == end
  }
}

/// Whether an integer is canonical: neither hexadecimal, nor with leading zeros.
private func isCanonical(integer text: Bytes) -> Bool {
  let first = text[0] == UInt8(ascii: "-") ? 1 : 0
  guard first < text.count, text[first] != UInt8(ascii: "0") || text.count == 1 else {
    return false
  }
  return text[first...].allSatisfy(isDigit)
}
