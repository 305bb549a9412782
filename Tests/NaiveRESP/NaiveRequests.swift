// The reference model of RequestDecoder: looks at all the bytes at once, with no state to resume.

import RESP

package struct NaiveRequests {
  let bytes: [UInt8]
  let limits: RequestLimits
  var position = 0

  package static func decode(_ bytes: [UInt8], limits: RequestLimits) -> Outcome<[[UInt8]]> {
    var naive = NaiveRequests(bytes: bytes, limits: limits)
    var outcome = Outcome<[[UInt8]]>()
    do throws(Stop) {
      while true {
        let request = try naive.request()
        if !request.isEmpty { outcome.frames.append(request) }
      }
    } catch {
      switch error {
      case .endOfInput(let isInsideFrame): outcome.isInsideFrame = isInsideFrame
      case .wrong(let error): outcome.error = error
      }
    }
    return outcome
  }

  enum Stop: Error {
    case endOfInput(isInsideFrame: Bool)
    case wrong(ProtocolError)
  }

  private mutating func request() throws(Stop) -> [[UInt8]] {
    guard position < bytes.count else { throw .endOfInput(isInsideFrame: false) }
    guard bytes[position] == UInt8(ascii: "*") else {
      return try inline(line(limit: limits.inlineBytes, tooLong: .tooBigInlineRequest))
    }
    let count = try number(line(limit: 32, tooLong: .invalidMultibulkLength))
    guard let count, count >= -1, count <= limits.arguments else {
      throw .wrong(.invalidMultibulkLength)
    }
    var arguments: [[UInt8]] = []
    while arguments.count < count { arguments.append(try argument(after: arguments)) }
    return arguments
  }

  private mutating func argument(after arguments: [[UInt8]]) throws(Stop) -> [UInt8] {
    if position < bytes.count, bytes[position] != UInt8(ascii: "$") {
      throw .wrong(.expectedBulk(found: bytes[position]))
    }
    let length = try number(line(limit: 32, tooLong: .invalidBulkLength))
    guard let length, length >= 0, length <= limits.argumentBytes else {
      throw .wrong(.invalidBulkLength)
    }
    guard arguments.map(\.count).reduce(length, +) <= limits.requestBytes else {
      throw .wrong(.tooBigRequest)
    }
    for (offset, expected) in zip(length..., [13, 10]) {
      guard position + offset < bytes.count else { throw .endOfInput(isInsideFrame: true) }
      guard bytes[position + offset] == expected else { throw .wrong(.missingTerminator) }
    }
    defer { position += length + 2 }
    return Array(bytes[position..<(position + length)])
  }

  private mutating func line(limit: Int, tooLong: ProtocolError) throws(Stop) -> [UInt8] {
    let line = Array(bytes[position...].prefix { $0 != 10 })
    guard line.count < limit else { throw .wrong(tooLong) }
    guard position + line.count < bytes.count else { throw .endOfInput(isInsideFrame: true) }
    position += line.count + 1
    return line
  }

  private func number(_ line: [UInt8]) -> Int? {
    guard line.last == 13 else { return nil }
    let text = String(decoding: line.dropFirst().dropLast(), as: UTF8.self)
    guard let number = Int(text), String(number) == text else { return nil }
    return number
  }

  private func inline(_ line: [UInt8]) throws(Stop) -> [[UInt8]] {
    let (words, isBalanced) = Self.words(line)
    for end in 0..<(words.count + (isBalanced ? 0 : 1)) {
      guard end < limits.arguments else { throw .wrong(.invalidMultibulkLength) }
      guard end < words.count else { throw .wrong(.unbalancedQuotes) }
      guard words[end].count <= limits.argumentBytes else { throw .wrong(.invalidBulkLength) }
      guard words[...end].joined().count <= limits.requestBytes else {
        throw .wrong(.tooBigRequest)
      }
    }
    return words
  }

  /// The words before the first one whose quotes are wrong, if there is one.
  package static func words(_ line: [UInt8]) -> (words: [[UInt8]], isBalanced: Bool) {
    let text = line.map { Character(Unicode.Scalar($0)) }
    var words: [[Character]] = []
    var rest = text[...]
    while true {
      rest = rest.drop(while: isBlank)
      if rest.isEmpty { break }
      var word: [Character] = []
      while let next = rest.first, !isBlank(next) {
        rest = rest.dropFirst()
        guard next == "\"" || next == "'" else {
          word.append(next)
          continue
        }
        guard let (quoted, after) = quoted(rest, by: next) else { return (bytes(words), false) }
        guard after.first.map(isBlank) ?? true else { return (bytes(words), false) }
        word += quoted
        rest = after
      }
      words.append(word)
    }
    return (bytes(words), true)
  }

  private static func bytes(_ words: [[Character]]) -> [[UInt8]] {
    words.map { $0.map { UInt8($0.unicodeScalars.first!.value) } }
  }

  private static func isBlank(_ character: Character) -> Bool {
    ["\t", "\n", "\u{b}", "\u{c}", "\r", " "].contains(character)
  }

  private static func quoted(
    _ text: ArraySlice<Character>, by quote: Character
  ) -> ([Character], ArraySlice<Character>)? {
    guard let first = text.first else { return nil }
    let (piece, length): ([Character], Int)
    if first == quote {
      return ([], text.dropFirst())
    } else if first == "\\", text.count > 1 {
      (piece, length) = escape(Array(text.prefix(4)), in: quote)
    } else {
      (piece, length) = ([first], 1)
    }
    guard let (others, after) = quoted(text.dropFirst(length), by: quote) else { return nil }
    return (piece + others, after)
  }

  private static func escape(_ text: [Character], in quote: Character) -> ([Character], Int) {
    if quote == "'" { return text[1] == "'" ? (["'"], 2) : (["\\"], 1) }
    let letters: [Character: Character] = [
      "n": "\n", "r": "\r", "t": "\t", "b": "\u{8}", "a": "\u{7}",
    ]
    let isHex = text.count == 4 && text[2...].allSatisfy { $0.isASCII && $0.isHexDigit }
    if text[1] == "x", isHex, let byte = UInt8(String(text[2...]), radix: 16) {
      return ([Character(Unicode.Scalar(byte))], 4)
    }
    return ([letters[text[1]] ?? text[1]], 2)
  }
}
