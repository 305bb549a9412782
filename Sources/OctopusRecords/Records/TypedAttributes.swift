extension Record {
  /// Reads attributes as Swift types.
  ///
  /// ```swift
  /// let bus = try record.read("bus", as: Int.self)
  /// let (vendor, driver) = try record.read("vendor", "driver", as: UInt16.self, String.self)
  /// ```
  ///
  /// - Parameters:
  ///   - attributes: The names of the attributes.
  ///   - types: What to read each of them as; exactly as many.
  /// - Throws: `ExtractionError` for the first that is absent or of another type.
  /// - Complexity: O(log n) in the attributes of the record, for each.
  public func read<each Wanted: AttributeConvertible>(
    _ attributes: String..., as types: repeat (each Wanted).Type
  ) throws(ExtractionError) -> (repeat each Wanted) {
    var rest = attributes[...]
    let result = (repeat try read(rest.popFirst(), each types))
    precondition(rest.isEmpty, "more attributes than types")
    return result
  }

  private func read<Wanted: AttributeConvertible>(
    _ attribute: String?, _ type: Wanted.Type
  ) throws(ExtractionError) -> Wanted {
    guard let attribute else { preconditionFailure("fewer attributes than types") }
    let found = self[attribute]
    guard let found, let wanted = Wanted(attribute: found) else {
      throw ExtractionError(record: name, attribute: attribute, wanted: "\(type)", found: found)
    }
    return wanted
  }
}

/// An attribute is absent, or not what was asked for.
///
/// ```swift
/// do { _ = try record.read("vendor", as: Int8.self) } catch {
///   print(error)   // hw.pci.device.1: 'vendor' is the integer 32902, not Int8
/// }
/// ```
public struct ExtractionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name of the record.
  public var record: String
  /// The name of the attribute.
  public var attribute: String
  /// The Swift type that was asked for.
  public var wanted: String
  /// The value of the attribute; nil if the record has no such attribute.
  public var found: Value?

  public var description: String {
    guard let found else { return "\(record): no '\(attribute)', where \(wanted) is wanted" }
    return "\(record): '\(attribute)' is \(found.kindAndText), not \(wanted)"
  }
}

extension Value {
  /// `the integer 5`: for messages.
  var kindAndText: String {
    switch self {
    case .integer: "the integer \(self)"
    case .float: "the float \(self)"
    case .boolean: "the boolean \(self)"
    case .string: "the string \(self)"
    case .symbol: "the symbol \(self)"
    }
  }
}
