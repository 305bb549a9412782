// One value of the wire: everything that RESP2 and RESP3 can say.
//
// Strings stay bytes, since the wire promises nothing about their encoding; `text` is the view of
// them that a person wants. The payloads are ordered so that a value takes 16 bytes in an array.

package enum RESPValue: Sendable, Hashable {
  case simpleString([UInt8])
  /// The whole line after the `-`: a code, a space, a text.
  case error([UInt8])
  case integer(Int64)
  case bulk([UInt8])
  /// `_`, and RESP2's null bulk and null array.
  case null
  case array([RESPValue])
  case map([Entry])
  case set([RESPValue])
  case push([RESPValue])
  case double(Double)
  case boolean(Bool)
  /// Decimal digits, with a sign if any.
  case bigNumber([UInt8])
  case verbatim([UInt8], format: VerbatimFormat)
  case blobError([UInt8])

  /// One key of a map and its value. A map is a list of them: the wire has an order, and may repeat
  /// a key.
  package struct Entry: Sendable, Hashable {
    package var key: RESPValue
    package var value: RESPValue

    package init(key: RESPValue, value: RESPValue) {
      self.key = key
      self.value = value
    }
  }

  /// The three letters that say what a verbatim string is.
  package struct VerbatimFormat: Sendable, Hashable {
    package static let text = VerbatimFormat("t", "x", "t")
    package static let markdown = VerbatimFormat("m", "k", "d")

    private let first: UInt8
    private let second: UInt8
    private let third: UInt8

    /// Nil unless there are exactly three bytes.
    package init?(_ bytes: some Sequence<UInt8>) {
      let letters = Array(bytes.prefix(4))
      guard letters.count == 3 else { return nil }
      (first, second, third) = (letters[0], letters[1], letters[2])
    }

    private init(_ first: Unicode.Scalar, _ second: Unicode.Scalar, _ third: Unicode.Scalar) {
      self.first = UInt8(ascii: first)
      self.second = UInt8(ascii: second)
      self.third = UInt8(ascii: third)
    }

    package var bytes: [UInt8] { [first, second, third] }
  }
}

extension RESPValue {
  package static func bulk(_ text: String) -> RESPValue { .bulk(Array(text.utf8)) }
  package static func simpleString(_ text: String) -> RESPValue { .simpleString(Array(text.utf8)) }
  package static func error(_ text: String) -> RESPValue { .error(Array(text.utf8)) }
}
