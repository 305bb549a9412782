/// The value of an attribute.
///
/// Integers and floats are different values that may compare equal in a query; likewise strings and
/// symbols. Here `==` tells them apart: it is equality of what would be printed.
///
/// ```swift
/// let device: Record = "pci { bus: 3, class: 'net' }"
/// device["bus"]   // .integer(3)
/// ```
public enum Value: Sendable {
  /// A 64-bit signed integer: `42`, `-1`, `0x107d`.
  case integer(Int64)
  /// A finite 64-bit float: `12.0`, `.5`, `1e16`.
  case float(Double)
  /// `true` or `false`.
  case boolean(Bool)
  /// Text in single quotes: `'ready'`.
  case string(String)
  /// A bare identifier: `ready`. It compares as the string of its letters. What cannot stand bare
  /// in a text, such as `nan` or `None`, becomes a string in a record.
  case symbol(String)

  /// The integer, if this is one.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

  /// The number, if this is an integer or a float; a large integer is rounded.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  /// The boolean, if this is one.
  public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

  /// The text, if this is a string or a symbol.
  public var text: String? {
    switch self {
    case .string(let value), .symbol(let value): value
    default: nil
    }
  }
}

extension Value: Hashable {
  /// Equality of kind and content; texts by their bytes, unlike Swift's own `==` on strings.
  public static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.integer(let a), .integer(let b)): a == b
    case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
    case (.boolean(let a), .boolean(let b)): a == b
    case (.string(let a), .string(let b)), (.symbol(let a), .symbol(let b)):
      a.utf8.elementsEqual(b.utf8)
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .integer(let value): hasher.combine(value)
    case .float(let value): hasher.combine(value.bitPattern)
    case .boolean(let value): hasher.combine(value)
    case .string(let value), .symbol(let value):
      for byte in value.utf8 { hasher.combine(byte) }
    }
  }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral
{
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(stringLiteral value: String) { self = .string(value) }
}

extension Value: CustomStringConvertible {
  /// The value as it stands in a record's text.
  public var description: String {
    withView { view in String(decoding: [UInt8]({ $0.append(view: view) }), as: UTF8.self) }
  }
}
