/// What the parser makes of `name { … }`, before anyone says whether it is a record, a query or a
/// write: a name and terms. Their bytes lie in the arena, a copy of the text in which strings are
/// unescaped in place.
package struct Clause: Sendable {
  /// A piece of the arena.
  package struct Slice: Sendable, Hashable, BitwiseCopyable {
    package var start: UInt32
    package var count: UInt32

    package init(start: UInt32, count: UInt32) {
      self.start = start
      self.count = count
    }

    @inline(__always)
    package var range: Range<Int> {
      Range(uncheckedBounds: (Int(start), Int(start) &+ Int(count)))
    }

    @inline(__always)
    package func bytes(_ arena: Bytes) -> Bytes { Bytes(rebasing: arena[range]) }
  }

  package enum Name: Sendable, Hashable, BitwiseCopyable {
    case any
    case exact(Slice)
    /// An index into `patterns`.
    case pattern(Int)
  }

  package enum Relation: UInt8, Sendable, Hashable, BitwiseCopyable {
    /// `:`, which assigns in a record and is equality in a query.
    case colon
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

    package var text: StaticString {
      switch self {
      case .colon: ": "
      case .equal: " == "
      case .notEqual: " != "
      case .less: " < "
      case .lessOrEqual: " <= "
      case .greater: " > "
      case .greaterOrEqual: " >= "
      }
    }
  }

  package enum Operand: Sendable, Hashable, BitwiseCopyable {
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case string(Slice)
    case symbol(Slice)
    /// An index into `patterns`.
    case pattern(Int)
    /// `_`: any value.
    case present
  }

  package struct Term: Sendable, Hashable, BitwiseCopyable {
    package var attribute: Slice
    package var relation: Relation
    package var operand: Operand
    /// Where it stands in the text, for errors.
    package var offset: UInt32

    /// Whether it gives the attribute a value, in a record.
    package var assigns: Bool {
      guard relation == .colon else { return false }
      return switch operand {
      case .pattern, .present: false
      default: true
      }
    }
  }

  package var name = Name.any
  /// Sorted by attribute name, those of one attribute as they stood.
  package var terms: [Term] = []
  package var patterns: [Pattern] = []
  package var arena: [UInt8] = []
}

extension Clause {
  /// What a parser has read, copied.
  init(_ parser: borrowing Parser) {
    name = parser.name
    patterns = parser.patterns
    if parser.terms.count > 0 { terms = Array(parser.terms.elements) }
    arena = Array(parser.arena)
  }

  /// The bytes of a slice, copied; for errors and other rare needs.
  package func copy(_ slice: Slice) -> [UInt8] { Array(arena[slice.range]) }
}

extension Clause.Operand {
  /// The value, in place; nil for a pattern and for `_`.
  @inline(__always)
  package func view(_ arena: Bytes) -> ValueView? {
    switch self {
    case .integer(let value): .integer(value)
    case .float(let value): .float(value)
    case .boolean(let value): .boolean(value)
    case .string(let slice): .string(slice.bytes(arena))
    case .symbol(let slice): .symbol(slice.bytes(arena))
    case .pattern, .present: nil
    }
  }
}

/// Sorts terms by attribute name, those of one attribute as they stood.
func sort(_ terms: UnsafeMutableBufferPointer<Clause.Term>, _ arena: Bytes) {
  guard terms.count <= 16 else {
    var terms = terms
    return terms.sort { a, b in
      let order = compareBytes(a.attribute.bytes(arena), b.attribute.bytes(arena))
      return order != 0 ? order < 0 : a.offset < b.offset
    }
  }
  // Few terms are mostly in order already, and sorted fastest by insertion.
  var next = 1
  while next < terms.count {
    let key = terms[next].attribute.bytes(arena)
    var place = next
    while place > 0, compareBytes(terms[place &- 1].attribute.bytes(arena), key) > 0 {
      terms.swapAt(place, place &- 1)
      place &-= 1
    }
    next &+= 1
  }
}
