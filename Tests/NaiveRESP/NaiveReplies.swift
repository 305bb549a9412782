// The reference model of ReplyDecoder: recursive, over all the bytes at once.

import RESP

package struct NaiveReplies {
  let bytes: [UInt8]
  let limits: ReplyLimits
  var position = 0
  var bytesTaken = 0
  var valuesTaken = 0

  package static func decode(_ bytes: [UInt8], limits: ReplyLimits) -> Outcome<RESPValue> {
    var naive = NaiveReplies(bytes: bytes, limits: limits)
    var outcome = Outcome<RESPValue>()
    while naive.position < bytes.count, outcome.error == nil {
      (naive.bytesTaken, naive.valuesTaken) = (0, 0)
      let start = naive.position
      do throws(Stop) {
        outcome.frames.append(try naive.value(depth: 0))
      } catch {
        switch error {
        case .wrong(let error): outcome.error = error
        case .endOfInput:
          outcome.isInsideFrame = !naive.isOnlyAttributes(from: start)
          return outcome
        }
      }
    }
    return outcome
  }

  enum Stop: Error {
    case endOfInput
    case wrong(ProtocolError)
  }

  /// Attributes are dropped as they end: between one and its value, nothing is held.
  private func isOnlyAttributes(from start: Int) -> Bool {
    var again = NaiveReplies(bytes: bytes, limits: limits, position: start)
    while again.position < bytes.count {
      guard bytes[again.position] == UInt8(ascii: "|") else { return false }
      guard (try? again.attribute(depth: 0)) != nil else { return false }
    }
    return true
  }

  private mutating func attribute(depth: Int) throws(Stop) {
    let count = try self.count(of: line().dropFirst(), type: "|", depth: depth)
    _ = try values(count * 2, depth: depth)
  }

  private mutating func value(depth: Int) throws(Stop) -> RESPValue {
    while position < bytes.count, bytes[position] == UInt8(ascii: "|") {
      try attribute(depth: depth)
    }
    let line = try line()
    guard let first = line.first, line.last == 13, line.count > 1 else {
      throw .wrong(.invalidReply)
    }
    let text = line.dropFirst()
    let type = Character(Unicode.Scalar(first))
    switch type {
    case "$", "!", "=":
      return try blob(type, text)
    case "*", "~", ">":
      if type == "*", string(text) == "-1" { return .null }
      let values = try values(count(of: text, type: type, depth: depth), depth: depth)
      return type == "*" ? .array(values) : type == "~" ? .set(values) : .push(values)
    case "%":
      let values = try values(count(of: text, type: type, depth: depth) * 2, depth: depth)
      return .map(
        values.indices.filter { $0 % 2 == 0 }.map {
          RESPValue.Entry(key: values[$0], value: values[$0 + 1])
        })
    default:
      guard let scalar = Self.scalar(type, string(text), Array(text.dropLast())) else {
        throw .wrong(.invalidReply)
      }
      try take(bytes: text.count - 1)
      return scalar
    }
  }

  private mutating func blob(_ type: Character, _ text: ArraySlice<UInt8>) throws(Stop) -> RESPValue
  {
    if type == "$", string(text) == "-1" { return .null }
    let length = try number(text)
    guard length <= limits.bulkBytes else { throw .wrong(.tooBigReply) }
    try take(bytes: length)
    for (offset, expected) in zip(length..., [13, 10]) {
      guard position + offset < bytes.count else { throw .endOfInput }
      guard bytes[position + offset] == expected else { throw .wrong(.missingTerminator) }
    }
    let payload = Array(bytes[position..<(position + length)])
    position += length + 2
    if type == "$" { return .bulk(payload) }
    if type == "!" { return .blobError(payload) }
    guard payload.count > 3, payload[3] == UInt8(ascii: ":") else { throw .wrong(.invalidReply) }
    let format = RESPValue.VerbatimFormat(payload[..<3])!
    return .verbatim(Array(payload[4...]), format: format)
  }

  private mutating func count(
    of text: ArraySlice<UInt8>, type: Character, depth: Int
  ) throws(Stop) -> Int {
    let count = try number(text)
    guard count <= limits.values else { throw .wrong(.tooBigReply) }
    guard depth < limits.depth else { throw .wrong(.tooDeepReply) }
    valuesTaken += type == "%" || type == "|" ? count * 2 : count
    guard valuesTaken <= limits.values else { throw .wrong(.tooBigReply) }
    return count
  }

  private mutating func values(_ count: Int, depth: Int) throws(Stop) -> [RESPValue] {
    var values: [RESPValue] = []
    while values.count < count { values.append(try value(depth: depth + 1)) }
    return values
  }

  private mutating func take(bytes: Int) throws(Stop) {
    bytesTaken += bytes
    guard bytesTaken <= limits.replyBytes else { throw .wrong(.tooBigReply) }
  }

  private mutating func line() throws(Stop) -> [UInt8] {
    let line = Array(bytes[position...].prefix { $0 != 10 })
    guard line.count < limits.lineBytes else { throw .wrong(.tooBigReply) }
    guard position + line.count < bytes.count else { throw .endOfInput }
    position += line.count + 1
    return line
  }

  /// Without the CR.
  private func string(_ text: ArraySlice<UInt8>) -> String {
    String(decoding: text.dropLast(), as: UTF8.self)
  }

  private func number(_ text: ArraySlice<UInt8>) throws(Stop) -> Int {
    let string = string(text)
    guard text.last == 13, let number = Int(string), String(number) == string, number >= 0 else {
      throw .wrong(.invalidReply)
    }
    return number
  }

  private static func scalar(_ type: Character, _ text: String, _ bytes: [UInt8]) -> RESPValue? {
    let isASCII = bytes.allSatisfy { $0 < 128 }
    let unsigned = text.hasPrefix("+") || text.hasPrefix("-") ? String(text.dropFirst()) : text
    switch type {
    case "+": return bytes.contains(13) ? nil : .simpleString(bytes)
    case "-": return bytes.contains(13) ? nil : .error(bytes)
    case "_": return bytes.isEmpty ? .null : nil
    case "#": return text == "t" ? .boolean(true) : text == "f" ? .boolean(false) : nil
    case ":":
      guard let integer = Int64(text) else { return nil }
      return String(integer) == text || "+" + String(integer) == text ? .integer(integer) : nil
    case "(":
      return isASCII && !unsigned.isEmpty && unsigned.allSatisfy(\.isWholeNumber)
        ? .bigNumber(bytes) : nil
    case ",":
      if unsigned == "inf" || unsigned == "nan" { return Double(text).map(RESPValue.double) }
      let looksDecimal = isASCII && unsigned.allSatisfy { $0.isWholeNumber || "+-.eE".contains($0) }
      return looksDecimal ? Double(text).map(RESPValue.double) : nil
    default: return nil
    }
  }
}
