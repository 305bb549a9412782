/// What the parser makes of `name { … }`, before anyone says whether it is a record, a query or a
/// write: a name and terms, whose bytes lie unescaped in one arena.
package struct Clause: Sendable {
  /// A piece of the arena.
  package struct Slice: Sendable, Hashable {
    package var start: UInt32
    package var count: UInt32

    package var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
  }

  package enum Name: Sendable, Hashable {
    case any
    case exact(Slice)
    /// An index into `patterns`.
    case pattern(Int)
  }

  package enum Relation: UInt8, Sendable, Hashable {
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

  package enum Operand: Sendable, Hashable {
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

  package struct Term: Sendable, Hashable {
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
  /// Where the name stands in the text, for errors.
  package var nameOffset = 0
  package var terms: [Term] = []
  package var patterns: [Pattern] = []
  package var arena: [UInt8] = []
}

extension Clause {
  /// Sorts the terms by attribute name, those of one attribute as they stood.
  mutating func sortTerms() {
    // An insertion sort: terms are few and mostly in order already.
    guard terms.count > 1 else { return }
    arena.withUnsafeBufferPointer { arena in
      terms.withUnsafeMutableBufferPointer { terms in
        for next in 1..<terms.count {
          let term = terms[next]
          let key = Bytes(rebasing: arena[term.attribute.range])
          var place = next
          while place > 0,
            compareBytes(Bytes(rebasing: arena[terms[place - 1].attribute.range]), key) > 0
          {
            terms[place] = terms[place - 1]
            place -= 1
          }
          terms[place] = term
        }
      }
    }
  }

  /// The bytes of a slice, copied; for errors and other rare needs.
  package func copy(_ slice: Slice) -> [UInt8] { Array(arena[slice.range]) }
}
