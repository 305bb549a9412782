import OctopusRecords

/// The one predicate of a query by which the index finds it.
enum Access {
  /// Equality: of the name, or of an attribute.
  case point(Point)
  /// Both bounds on one attribute.
  case interval(attribute: UInt32)
  /// The literal beginning of the name.
  case prefix(UInt32)
  /// A regular expression on an attribute or, where that is `HashTable.none`, on the name.
  case pattern(attribute: UInt32, slot: UInt32)
  case presence(attribute: UInt32)
  /// Nothing that would tell records apart.
  case everything
  /// No record can match.
  case nothing
}

/// A value of the name or of an attribute, such that values that compare as equal are the same point
/// or, for texts, have the same bytes.
struct Point: Equatable {
  enum Kind: UInt8 { case name, text, integer, float, boolean }

  /// An integer, the bits of a float that is none, a boolean, or a slice of its query's arena.
  var payload: UInt64
  var attribute: UInt32
  var kind: Kind

  init(name: Clause.Slice) {
    self.init(kind: .name, attribute: HashTable.none, slice: name)
  }

  init(attribute: UInt32, text: Clause.Slice) {
    self.init(kind: .text, attribute: attribute, slice: text)
  }

  private init(kind: Kind, attribute: UInt32, slice: Clause.Slice) {
    payload = UInt64(slice.start) << 32 | UInt64(slice.count)
    self.attribute = attribute
    self.kind = kind
  }

  init(attribute: UInt32, integer: Int64) {
    payload = UInt64(bitPattern: integer)
    self.attribute = attribute
    kind = .integer
  }

  init(attribute: UInt32, float: Double) {
    let integer = Int64(exactly: float)
    payload = integer.map { UInt64(bitPattern: $0) } ?? float.bitPattern
    self.attribute = attribute
    kind = integer == nil ? .float : .integer
  }

  init(attribute: UInt32, boolean: Bool) {
    payload = boolean ? 1 : 0
    self.attribute = attribute
    kind = .boolean
  }

  /// The point of an operand; nil if it is no value.
  init?(attribute: UInt32, _ operand: Clause.Operand) {
    switch operand {
    case .integer(let value): self.init(attribute: attribute, integer: value)
    case .float(let value): self.init(attribute: attribute, float: value)
    case .boolean(let value): self.init(attribute: attribute, boolean: value)
    case .string(let slice), .symbol(let slice): self.init(attribute: attribute, text: slice)
    case .pattern, .present: return nil
    }
  }

  /// Where the bytes of a name or a text are.
  var slice: Clause.Slice {
    Clause.Slice(start: UInt32(payload >> 32), count: UInt32(truncatingIfNeeded: payload))
  }

  /// The hash of a number or a boolean.
  var hash: UInt32 {
    var hash = KeyHash()
    hash.combine(payload)
    hash.combine(UInt64(attribute) << 8 | UInt64(kind.rawValue))
    return hash.value
  }

  /// The hash of a name or a text.
  static func hash(_ kind: Kind, attribute: UInt32, _ text: Bytes) -> UInt32 {
    var hash = KeyHash()
    hash.combine(text)
    hash.combine(UInt64(attribute) << 8 | UInt64(kind.rawValue))
    return hash.value
  }
}
