/// A Swift type that an attribute can be read as.
///
/// The integers, `Double`, `Float`, `Bool`, `String` and `Value` are; an enum of one of these
/// becomes one by saying so:
///
/// ```swift
/// enum State: String, AttributeConvertible { case ready, failed }
/// let state = try record.read("state", as: State.self)
/// ```
///
/// Numbers convert where the number stays the same: `12` is read as `12.0` and `12.0` as `12`, but
/// `12.5` is no `Int`, and `300` is no `Int8`. Only `Float` rounds. Symbols and strings are both
/// read as `String`.
public protocol AttributeConvertible {
  /// The value as this type, or nil if it is none.
  init?(attribute: Value)
}

extension FixedWidthInteger {
  /// An integer that fits; nil for any other value.
  public init?(attribute: Value) {
    switch attribute {
    case .integer(let value): self.init(exactly: value)
    case .float(let value): self.init(exactly: value)
    default: return nil
    }
  }
}

extension Int: AttributeConvertible {}
extension Int8: AttributeConvertible {}
extension Int16: AttributeConvertible {}
extension Int32: AttributeConvertible {}
extension Int64: AttributeConvertible {}
extension UInt: AttributeConvertible {}
extension UInt8: AttributeConvertible {}
extension UInt16: AttributeConvertible {}
extension UInt32: AttributeConvertible {}
extension UInt64: AttributeConvertible {}

extension Double: AttributeConvertible {
  public init?(attribute: Value) {
    switch attribute {
    case .integer(let value): self.init(exactly: value)
    case .float(let value): self = value
    default: return nil
    }
  }
}

extension Float: AttributeConvertible {
  public init?(attribute: Value) {
    switch attribute {
    case .integer(let value): self.init(exactly: value)
    case .float(let value):
      self.init(value)
      if !isFinite { return nil }
    default: return nil
    }
  }
}

extension Bool: AttributeConvertible {
  public init?(attribute: Value) {
    guard let value = attribute.boolean else { return nil }
    self = value
  }
}

extension String: AttributeConvertible {
  public init?(attribute: Value) {
    guard let value = attribute.text else { return nil }
    self = value
  }
}

extension Value: AttributeConvertible {
  /// The value itself.
  public init?(attribute: Value) { self = attribute }
}

extension RawRepresentable where RawValue: AttributeConvertible {
  /// The case with this raw value; nil if there is none.
  public init?(attribute: Value) {
    guard let raw = RawValue(attribute: attribute) else { return nil }
    self.init(rawValue: raw)
  }
}
