// The server's half of reading: bytes that arrive in pieces become requests, multibulk or inline.
//
// The decoder holds no input. It takes what it can use off the front of the caller's buffer, copies
// argument bytes once, to where the request will keep them, and remembers where in the frame it
// stopped; so a frame costs what its bytes cost however it is cut, and the bytes after a request
// stay with the caller.

package struct RequestDecoder: Sendable {
  package var limits: RequestLimits

  private enum Expectation {
    case request, argumentLength, argument
  }

  private var expectation = Expectation.request
  private var lines = LineReader()
  private var payload = Payload(length: 0)
  private var request = Request()
  private var argumentsMissing = 0
  private var failure: ProtocolError?

  package init(limits: RequestLimits = RequestLimits()) { self.limits = limits }

  /// Whether the beginning of a request has arrived and its end has not.
  package var isInsideRequest: Bool { expectation != .request || !lines.isEmpty }

  /// Bytes of memory for the beginning of a request whose end has not arrived.
  package var footprint: Int {
    isInsideRequest ? request.capacity + lines.capacity : 0
  }

  /// Takes bytes off the front of `input` until a request is complete; nil when it has taken all
  /// and there is no complete request. After an error there is nothing more to read: it throws the
  /// same again.
  ///
  ///     while let request = try decoder.next(&input) { … }
  ///
  /// Give a request back before asking for the next, and small ones cost no allocation.
  package mutating func next(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> Request? {
    if let failure { throw failure }
    do {
      return try advance(&input)
    } catch {
      failure = error
      request = Request()
      throw error
    }
  }

  private mutating func advance(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> Request? {
    while !input.isEmpty {
      switch expectation {
      case .request:
        if lines.isEmpty, takeWhole(&input) { return complete() }
        if try readFirstLine(&input) { return complete() }
      case .argumentLength:
        try readArgumentLength(&input)
      case .argument:
        if try readArgument(&input) { return complete() }
      }
    }
    return nil
  }

  private mutating func complete() -> Request {
    expectation = .request
    var whole = Request()
    swap(&whole, &request)
    return whole
  }

  /// Takes back a request that is done with, for its memory.
  package mutating func recycle(_ used: inout Request) {
    guard !isInsideRequest, used.isSmall else { return }
    used.removeAll()
    swap(&used, &request)
  }

  /// Reads the line that begins a request; true when it was the whole of one.
  private mutating func readFirstLine(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> Bool {
    let isMultibulk = lines.first(of: input) == UInt8(ascii: "*")
    let line =
      isMultibulk
      ? try lines.next(from: &input, limit: Self.headerBytes, tooLong: .invalidMultibulkLength)
      : try lines.next(from: &input, limit: limits.inlineBytes, tooLong: .tooBigInlineRequest)
    guard let line else { return false }
    request.removeAll()
    if isMultibulk {
      guard let count = try line.withBytes(Self.length) else { throw .invalidMultibulkLength }
      try beginMultibulk(count)
      return false
    }
    try line.withBytes { (bytes) throws(ProtocolError) in
      try splitInline(bytes, into: &request, limits: limits)
    }
    return !request.isEmpty
  }

  private mutating func beginMultibulk(_ count: Int64) throws(ProtocolError) {
    // Like Redis, an empty or null array is no request, and no error.
    if count == 0 || count == -1 { return }
    guard count > 0, count <= limits.arguments else { throw .invalidMultibulkLength }
    argumentsMissing = Int(count)
    expectation = .argumentLength
  }

  private mutating func readArgumentLength(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) {
    if let first = lines.first(of: input), first != UInt8(ascii: "$") {
      throw .expectedBulk(found: first)
    }
    let line = try lines.next(
      from: &input, limit: Self.headerBytes, tooLong: .invalidBulkLength)
    guard let line else { return }
    guard let length = try line.withBytes(Self.length), length >= 0, length <= limits.argumentBytes
    else { throw .invalidBulkLength }
    guard request.byteCount + Int(length) <= limits.requestBytes else { throw .tooBigRequest }
    payload = Payload(length: Int(length))
    expectation = .argument
  }

  /// Reads what has arrived of an argument; true when it completed the request.
  private mutating func readArgument(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> Bool {
    guard try payload.read(from: &input, into: &request.storage) else { return false }
    request.ends.append(request.storage.count)
    argumentsMissing -= 1
    expectation = .argumentLength
    return argumentsMissing == 0
  }

  /// More than the longest length line that can be right.
  private static var headerBytes: Int { 32 }

  /// The number in a `*` or `$` line; nil when it is malformed.
  @inline(__always)
  private static func length(_ line: UnsafeRawBufferPointer) -> Int64? {
    guard line.count > 2, line[line.count - 1] == .carriageReturn else { return nil }
    return parseInteger(UnsafeRawBufferPointer(rebasing: line[1..<(line.count - 1)]))
  }
}

// A request that has arrived whole, as most do.
extension RequestDecoder {
  /// Takes a whole multibulk request; false if there is none at the front, or one with a fault: all
  /// else is for the steps above to read and to judge, from its beginning.
  private mutating func takeWhole(_ input: inout UnsafeRawBufferPointer) -> Bool {
    var position = 0
    guard let count = Self.header(UInt8(ascii: "*"), in: input, &position),
      count > 0, count <= limits.arguments
    else { return false }
    request.removeAll()
    for _ in 0..<count {
      guard let length = Self.header(UInt8(ascii: "$"), in: input, &position),
        length <= limits.argumentBytes, request.byteCount + length <= limits.requestBytes,
        length + 2 <= input.count - position,
        input[position + length] == .carriageReturn, input[position + length + 1] == .lineFeed
      else { return false }
      request.storage.append(
        contentsOf: UnsafeRawBufferPointer(rebasing: input[position..<position + length]))
      request.ends.append(request.storage.count)
      position += length + 2
    }
    _ = input.removePrefix(position)
    return true
  }

  /// Calls with the command and the first argument, if there is one, of the multibulk requests that
  /// stand whole at the front of `input`, as long as it answers true; answers how many that were,
  /// `most` at most. Nothing is taken, and nothing judged: it is a look at what is to come.
  package static func peek(
    _ input: UnsafeRawBufferPointer, most: Int,
    _ body: (_ command: UnsafeRawBufferPointer, _ argument: UnsafeRawBufferPointer?) -> Bool
  ) -> Int {
    var position = 0
    for seen in 0..<most {
      guard let count = header(UInt8(ascii: "*"), in: input, &position), count > 0 else {
        return seen
      }
      var (command, argument): (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) = (nil, nil)
      for index in 0..<count {
        guard let length = header(UInt8(ascii: "$"), in: input, &position),
          length + 2 <= input.count - position
        else { return seen }
        let bytes = UnsafeRawBufferPointer(rebasing: input[position..<position + length])
        if index == 0 { command = bytes } else if index == 1 { argument = bytes }
        position += length + 2
      }
      if let command, !body(command, argument) { return seen + 1 }
    }
    return most
  }

  /// Reads a type, a number of up to seven digits, CRLF.
  @inline(__always)
  private static func header(
    _ type: UInt8, in input: UnsafeRawBufferPointer, _ position: inout Int
  ) -> Int? {
    guard position < input.count, input[position] == type else { return nil }
    let start = position + 1
    var next = start
    var value = 0
    while next < input.count, next - start < 7, input[next] &- UInt8(ascii: "0") <= 9 {
      value = value * 10 + Int(input[next] &- UInt8(ascii: "0"))
      next += 1
    }
    guard next > start, input[start] != UInt8(ascii: "0") || next == start + 1,
      next + 1 < input.count, input[next] == .carriageReturn, input[next + 1] == .lineFeed
    else { return nil }
    position = next + 2
    return value
  }
}
