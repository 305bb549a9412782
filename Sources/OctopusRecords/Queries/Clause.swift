/// The parsed form of `name { … }`, which may be a record, a query or a write: a name and terms.
/// Their bytes are in the arena, a copy of the text in which strings are unescaped in place.
///
/// Immutable, and one allocation; copying is a reference count.
// Safe to share: nothing writes to the storage after it is made.
@usableFromInline
package struct Clause: @unchecked Sendable {
  /// A piece of the arena.
  @usableFromInline
  package struct Slice: Sendable, Hashable, BitwiseCopyable {
    @usableFromInline package var start: UInt32
    @usableFromInline package var count: UInt32

    package init(start: UInt32, count: UInt32) {
      self.start = start
      self.count = count
    }

    @inlinable @inline(__always)
    package var range: Range<Int> {
      Range(uncheckedBounds: (Int(start), Int(start) &+ Int(count)))
    }

    @inlinable @inline(__always)
    package func bytes(_ arena: Bytes) -> Bytes { Bytes(rebasing: arena[range]) }
  }

  @usableFromInline
  package enum Name: Sendable, Hashable, BitwiseCopyable {
    case any
    case exact(Slice)
    /// An index into `patterns`.
    case pattern(Int)
  }

  @usableFromInline
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

  @usableFromInline
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

  @usableFromInline
  package struct Term: Sendable, Hashable, BitwiseCopyable {
    package var attribute: Slice
    package var relation: Relation
    package var operand: Operand
    /// The offset in the text, for errors.
    package var offset: UInt32

    /// Whether the term is an assignment of a record.
    package var assigns: Bool {
      guard relation == .colon else { return false }
      return switch operand {
      case .pattern, .present: false
      default: true
      }
    }
  }

  @usableFromInline let storage: ClauseStorage

  /// - Parameters:
  ///   - terms: sorted by attribute name, those of one attribute in the order of the text.
  ///   - isValid: false for the text of a literal that is not a query.
  init(
    name: Name, terms: UnsafeBufferPointer<Term> = UnsafeBufferPointer(start: nil, count: 0),
    patterns: [Pattern] = [], arena: Bytes, isValid: Bool = true
  ) {
    storage = .make(name, terms, patterns, arena, isValid)
  }

  /// Copies the parser's result, with the terms for which `isWanted` is true.
  init(_ parser: borrowing Parser, where isWanted: (Term) -> Bool = { _ in true }) {
    let terms = parser.terms.elements
    let arena = parser.arena
    if terms.allSatisfy(isWanted) {
      self.init(name: parser.name, terms: terms, patterns: parser.patterns, arena: arena)
    } else {
      let (name, patterns) = (parser.name, parser.patterns)
      self = terms.filter(isWanted).withUnsafeBufferPointer {
        Clause(name: name, terms: $0, patterns: patterns, arena: arena)
      }
    }
  }

  @inlinable package var name: Name { storage.header.name }
  package var patterns: [Pattern] { storage.header.patterns }
  var isValid: Bool { storage.header.isValid }

  /// Sorted by attribute name, those of one attribute in the order of the text.
  @inlinable package var terms: Terms { Terms(storage: storage) }

  /// Lends the arena.
  @inlinable @inline(__always)
  package func withArena<Result, Failure>(
    _ body: (Bytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withExtendedLifetime(storage) { () throws(Failure) in try body(storage.arena) }
  }

  /// A copy of the bytes of a slice.
  package func copy(_ slice: Slice) -> [UInt8] { withArena { Array(slice.bytes($0)) } }

  @usableFromInline
  package struct Terms: RandomAccessCollection {
    @usableFromInline let storage: ClauseStorage

    @inlinable init(storage: ClauseStorage) { self.storage = storage }

    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { Int(storage.header.termCount) }

    @inlinable package subscript(index: Int) -> Term {
      precondition(indices.contains(index), "there is no such term")
      return storage.withUnsafeMutablePointerToElements { $0[index] }
    }
  }
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

/// Sorts terms by attribute name, those of one attribute in the order of the text.
func sort(_ terms: UnsafeMutableBufferPointer<Clause.Term>, _ arena: Bytes) {
  guard terms.count <= 16 else {
    var terms = terms
    return terms.sort { a, b in
      let order = compareBytes(a.attribute.bytes(arena), b.attribute.bytes(arena))
      return order != 0 ? order < 0 : a.offset < b.offset
    }
  }
  // Most short lists are in order already, and insertion sort is fastest for them.
  var next = 1
  while next < terms.count {
    let key = terms[next].attribute.bytes(arena)
    var index = next
    while index > 0, compareBytes(terms[index &- 1].attribute.bytes(arena), key) > 0 {
      terms.swapAt(index, index &- 1)
      index &-= 1
    }
    next &+= 1
  }
}
