// What the line that begins a value says: the value itself, or what is to come.

enum ReplyHead {
  case scalar(RESPValue, byteCount: Int)
  case blob(type: UInt8, length: Int64)
  case aggregate(type: UInt8, count: Int64)

  /// Reads a line that still has its CR.
  init(_ line: UnsafeRawBufferPointer) throws(ProtocolError) {
    guard line.count >= 2, line[line.count - 1] == .carriageReturn else { throw .invalidReply }
    let type = line[0]
    let text = UnsafeRawBufferPointer(rebasing: line[1..<(line.count - 1)])
    switch type {
    case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="):
      self = try Self.length(text, type: type) ?? .scalar(.null, byteCount: 0)
    case UInt8(ascii: "*"), UInt8(ascii: "%"), UInt8(ascii: "~"), UInt8(ascii: ">"),
      UInt8(ascii: "|"):
      self = try Self.count(text, type: type) ?? .scalar(.null, byteCount: 0)
    default:
      guard let value = Self.scalar(type, text) else { throw .invalidReply }
      self = .scalar(value, byteCount: text.count)
    }
  }

  /// Nil for RESP2's null, `$-1`.
  private static func length(
    _ text: UnsafeRawBufferPointer, type: UInt8
  ) throws(ProtocolError) -> ReplyHead? {
    guard let length = parseInteger(text) else { throw .invalidReply }
    if length == -1, type == UInt8(ascii: "$") { return nil }
    guard length >= 0 else { throw .invalidReply }
    return .blob(type: type, length: length)
  }

  /// Nil for RESP2's other null, `*-1`.
  private static func count(
    _ text: UnsafeRawBufferPointer, type: UInt8
  ) throws(ProtocolError) -> ReplyHead? {
    guard let count = parseInteger(text) else { throw .invalidReply }
    if count == -1, type == UInt8(ascii: "*") { return nil }
    guard count >= 0 else { throw .invalidReply }
    return .aggregate(type: type, count: count)
  }

  private static func scalar(_ type: UInt8, _ text: UnsafeRawBufferPointer) -> RESPValue? {
    switch type {
    case UInt8(ascii: "+"):
      text.contains(.carriageReturn) ? nil : .simpleString(Array(text))
    case UInt8(ascii: "-"):
      text.contains(.carriageReturn) ? nil : .error(Array(text))
    case UInt8(ascii: ":"):
      integer(text).map(RESPValue.integer)
    case UInt8(ascii: "_"):
      text.isEmpty ? .null : nil
    case UInt8(ascii: "#"):
      text.elementsEqual("t".utf8)
        ? .boolean(true)
        : text.elementsEqual("f".utf8) ? .boolean(false) : nil
    case UInt8(ascii: ","):
      parseDouble(text).map(RESPValue.double)
    case UInt8(ascii: "("):
      isDecimal(text) ? .bigNumber(Array(text)) : nil
    default: nil
    }
  }

  /// The wire allows a `+` before an integer.
  private static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard text.first == UInt8(ascii: "+") else { return parseInteger(text) }
    let digits = UnsafeRawBufferPointer(rebasing: text.dropFirst())
    return digits.first == UInt8(ascii: "-") ? nil : parseInteger(digits)
  }
}

/// The payload of a verbatim string: its format, a colon, its bytes.
func parseVerbatim(_ payload: [UInt8]) throws(ProtocolError) -> RESPValue {
  guard payload.count >= 4, payload[3] == UInt8(ascii: ":"),
    let format = RESPValue.VerbatimFormat(payload.prefix(3))
  else { throw .invalidReply }
  return .verbatim(Array(payload.dropFirst(4)), format: format)
}
