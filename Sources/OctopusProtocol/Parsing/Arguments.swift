import OctopusEngine
import OctopusRecords
import RESP

/// Walks over a request's arguments, reading records, queries and numbers in place.
struct Arguments {
  let request: Request
  let command: CommandName
  /// The argument to be read next.
  private(set) var next: Int
  /// How many records or queries were read.
  private var textCount = 0

  /// - Parameter first: the first argument after the command's own words.
  init(_ request: Request, of command: CommandName, from first: Int) {
    self.request = request
    self.command = command
    next = first
  }

  var isAtEnd: Bool { next >= request.count }

  /// The next argument's word, which stays; nil at the end.
  var peekedWord: Keyword? { isAtEnd ? nil : request.word(next) }

  mutating func skip() { next += 1 }

  /// The next argument, copied; nil at the end.
  mutating func readBytes() -> [UInt8]? {
    guard !isAtEnd else { return nil }
    defer { next += 1 }
    return request.withBytes(of: next) { Array($0) }
  }

  /// The next argument as an integer, in decimal, without `+` or leading zeros; nil if it is none.
  mutating func readInteger() -> Int64? {
    guard !isAtEnd else { return nil }
    defer { next += 1 }
    return request.withBytes(of: next) { Int64(strict: $0) }
  }
}

// Records and queries.
extension Arguments {
  /// Reads a record, a query or a write: one argument, and the next as its body if and only if that
  /// begins with `{`.
  mutating func readText<Text>(
    _ parse: (Bytes, Bytes?) throws(SyntaxError) -> Text
  ) throws(Failure) -> Text {
    let index = next
    let hasBody =
      index + 1 < request.count
      && request.withBytes(of: index + 1) { $0.first == UInt8(ascii: "{") }
    next += hasBody ? 2 : 1
    textCount += 1
    return try parseText(at: index, hasBody: hasBody, parse)
  }

  // Not mutating, so that the request's bytes are lent without a reference to them.
  @inline(__always)
  private func parseText<Text>(
    at index: Int, hasBody: Bool, _ parse: (Bytes, Bytes?) throws(SyntaxError) -> Text
  ) throws(Failure) -> Text {
    do {
      return try request.withBytes(of: index) { (text) throws(SyntaxError) in
        guard hasBody else { return try parse(Bytes(text), nil) }
        return try request.withBytes(of: index + 1) { (body) throws(SyntaxError) in
          try parse(Bytes(text), Bytes(body))
        }
      }
    } catch { throw failure(error, textAt: index) }
  }

  /// Reads a query that is one whole argument, and its bytes as they came.
  mutating func readWholeQuery() throws(Failure) -> QuerySource {
    let index = next
    next += 1
    textCount += 1
    do {
      let query = try request.withBytes(of: index) { (text) throws(SyntaxError) in
        try Query(Bytes(text))
      }
      return (Array(request[index]), query)
    } catch { throw failure(error, textAt: index) }
  }

  /// The error of a text that cannot be parsed. With several texts, it says which.
  private func failure(_ error: SyntaxError, textAt index: Int) -> Failure {
    var failure = Failure(error)
    if textCount > 1 { failure.message += " of query \(textCount)" }
    // A body whose end stands in another argument.
    if error.isInBody, request[index + 1].last != UInt8(ascii: "}"), !isAtEnd {
      failure.message += "; quote what has blanks as one argument"
    }
    return failure
  }
}

extension Bytes {
  /// The same bytes; both types see memory that holds bytes.
  @inline(__always)
  init(_ raw: UnsafeRawBufferPointer) { self = raw.assumingMemoryBound(to: UInt8.self) }
}

extension Int64 {
  /// Decimal digits after an optional `-`: no `+`, no blanks, no leading zeros; nil for anything
  /// else.
  init?(strict text: UnsafeRawBufferPointer) {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = text.dropFirst(isNegative ? 1 : 0)
    guard let first = digits.first, digits.count <= 19,
      first != UInt8(ascii: "0") || text.count == 1
    else { return nil }
    var magnitude: UInt64 = 0  // 19 digits fit.
    for digit in digits {
      guard digit &- UInt8(ascii: "0") < 10 else { return nil }
      magnitude = magnitude * 10 + UInt64(digit - UInt8(ascii: "0"))
    }
    guard magnitude <= UInt64(Int64.max) + (isNegative ? 1 : 0) else { return nil }
    self = isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude)
  }
}
