import OctopusCollections
import OctopusRecords

/// The one predicate of a query by which the index finds it, with the number of its bucket.
enum AccessPath {
  /// Equality of the name, or of an attribute.
  case equality(EqualityKey)
  /// All bounds on one attribute.
  case interval(attribute: UInt32)
  /// A literal prefix of the name.
  case prefix(UInt32)
  /// A regular expression on an attribute or, where that is `PatternGroup.ofNames`, on the name.
  case pattern(attribute: UInt32, slot: UInt32)
  case presence(attribute: UInt32)
  /// The query has no predicate that would exclude a record.
  case everything
  /// No record can match the query.
  case nothing
}

/// A name, or a value of an attribute, as a key of the equality index. Values that compare as equal
/// are the same key. The bytes of a text are not copied.
struct EqualityKey {
  enum Kind: UInt8 { case name, text, integer, float, boolean }

  /// An integer, the bits of a float that is no integer, a boolean, or the address of a text.
  private let payload: UInt64
  let attribute: UInt32
  /// The length of a text.
  private let length: UInt32
  let kind: Kind

  /// The name, or the value of an attribute. The bytes must outlive the key.
  init(_ kind: Kind, attribute: UInt32 = HashIndex.none, _ text: Bytes) {
    payload = UInt64(UInt(bitPattern: text.baseAddress))
    self.attribute = attribute
    length = UInt32(text.count)
    self.kind = kind
  }

  private init(_ kind: Kind, attribute: UInt32, _ payload: UInt64) {
    self.payload = payload
    self.attribute = attribute
    length = 0
    self.kind = kind
  }

  /// The value of an attribute. The bytes of a text must outlive the key.
  init(attribute: UInt32, _ value: ValueView) {
    switch value {
    case .integer(let integer):
      self.init(.integer, attribute: attribute, UInt64(bitPattern: integer))
    case .float(let float):
      if let integer = Int64(exactly: float) {
        self.init(.integer, attribute: attribute, UInt64(bitPattern: integer))
      } else {
        self.init(.float, attribute: attribute, float.bitPattern)
      }
    case .boolean(let boolean): self.init(.boolean, attribute: attribute, boolean ? 1 : 0)
    case .string(let text), .symbol(let text): self.init(.text, attribute: attribute, text)
    }
  }

  private var isText: Bool { kind == .text || kind == .name }

  private var text: Bytes {
    Bytes(start: UnsafePointer(bitPattern: UInt(payload)), count: Int(length))
  }

  var hash: UInt32 {
    var hash = KeyHash()
    if isText { hash.combine(text) } else { hash.combine(payload) }
    hash.combine(UInt64(attribute) << 8 | UInt64(kind.rawValue))
    return hash.value
  }

  static func == (a: EqualityKey, b: EqualityKey) -> Bool {
    guard a.kind == b.kind, a.attribute == b.attribute, a.length == b.length else { return false }
    return a.payload == b.payload || (a.isText && compareBytes(a.text, b.text) == 0)
  }
}
