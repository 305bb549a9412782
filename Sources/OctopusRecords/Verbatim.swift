// A text that is canonical as it came need not be printed: it is copied as it stands.

extension Parser {
  /// The record of the whole text, if that is its canonical text; nil also where it would take longer
  /// to find out than to print it.
  ///
  /// Every piece is asked for where it would stand. An escape, a blank too many or attributes in
  /// another order move a piece from there.
  borrowing func verbatimRecord() -> Record? {
    guard bodyStart == nil, case .exact(let name) = name else { return nil }
    return withUnsafeTemporaryAllocation(of: RecordContents.Entry.self, capacity: 12) { lent in
      var directory = Scratch(lent: lent)
      guard hasCanonicalName(name), gather(&directory, behind: name) else { return nil }
      return Record(
        storage: .make(
          text: arena, directory: directory.elements, nameStart: name.range.lowerBound,
          nameCount: name.range.count))
    }
  }

  /// Bare at the front, or in quotes because it must be.
  private borrowing func hasCanonicalName(_ name: Clause.Slice) -> Bool {
    switch name.start {
    case 0: true
    case 1: text[0] == UInt8(ascii: "'") && !isIdentifier(name.bytes(arena))
    default: false
    }
  }

  /// Gathers where the attributes are; false if one is not where it would be.
  private borrowing func gather(
    _ directory: inout Scratch<RecordContents.Entry>, behind name: Clause.Slice
  ) -> Bool {
    let terms = terms.elements
    // A quoted name begins at 1, and its quote follows.
    let nameEnd = name.range.upperBound &+ name.range.lowerBound
    guard terms.count > 0 else { return stands(" {}", at: nameEnd) && nameEnd &+ 3 == end }
    guard stands(" { ", at: nameEnd), stands(" }", at: end &- 2) else { return false }
    var place = nameEnd &+ 3
    for index in terms.indices {
      let (term, isLast) = (terms[index], index &+ 1 == terms.count)
      let key = term.attribute.range
      let isQuoted = isQuoted(term.attribute)
      let next = isLast ? end : textStart(of: terms[index &+ 1].attribute)
      let value = (start: key.upperBound &+ (isQuoted ? 3 : 2), end: next &- 2)
      guard textStart(of: term.attribute) == place, value.start < value.end,
        isQuoted
          ? stands("': ", at: key.upperBound) && !isIdentifier(term.attribute.bytes(arena))
          : stands(": ", at: key.upperBound),
        isLast || stands(", ", at: value.end) && isAscending(terms, at: index),
        let kind = kind(of: term.operand, from: value.start, to: value.end)
      else { return false }
      directory.append(
        RecordContents.Entry(
          key: isQuoted ? .quoted(key.lowerBound) : .bare(place), value: value.start, kind: kind))
      place = next
    }
    return true
  }

  /// Whether an attribute's name stands in quotes. There is always a byte before it.
  @inline(__always)
  borrowing func isQuoted(_ attribute: Clause.Slice) -> Bool {
    text[attribute.range.lowerBound &- 1] == UInt8(ascii: "'")
  }

  @inline(__always)
  private borrowing func textStart(of attribute: Clause.Slice) -> Int {
    attribute.range.lowerBound &- (isQuoted(attribute) ? 1 : 0)
  }

  /// Of a value that stands between these two as it would be printed.
  private borrowing func kind(
    of operand: Clause.Operand, from start: Int, to end: Int
  ) -> RecordContents.Entry.Kind? {
    switch operand {
    case .string(let slice): slice.stands(from: start &+ 1, to: end &- 1) ? .string : nil
    case .symbol(let slice): slice.stands(from: start, to: end) ? .symbol : nil
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
  private borrowing func stands(_ piece: StaticString, at place: Int) -> Bool {
    guard place &+ piece.utf8CodeUnitCount <= end else { return false }
    for index in 0..<piece.utf8CodeUnitCount where text[place &+ index] != piece.utf8Start[index] {
      return false
    }
    return true
  }
}

extension Clause.Slice {
  @inline(__always)
  fileprivate func stands(from start: Int, to end: Int) -> Bool {
    range.lowerBound == start && range.upperBound == end
  }
}

/// Whether digits are as they would be printed: neither hexadecimal, nor with zeros before them.
private func isCanonical(integer text: Bytes) -> Bool {
  let first = text[0] == UInt8(ascii: "-") ? 1 : 0
  guard first < text.count, text[first] != UInt8(ascii: "0") || text.count == 1 else {
    return false
  }
  return text[first...].allSatisfy(isDigit)
}
