// The client's half of reading: bytes that arrive in pieces become values, of RESP2 and RESP3.
//
// Like `RequestDecoder` it holds no input and never reads a byte twice. Aggregates that are not
// complete stand on an explicit stack, so that depth is a limit and not the thread's stack.
// Attributes are read and dropped.

package struct ReplyDecoder: Sendable {
  package let limits: ReplyLimits

  private var lines = LineReader()
  /// What kind of string with a length is arriving, if one is.
  private var blobType: UInt8?
  private var blob: [UInt8] = []
  private var payload = Payload(length: 0)
  private var open: [Aggregate] = []
  private var bytesTaken = 0
  private var valuesTaken = 0
  private var failure: ProtocolError?

  /// An aggregate that is arriving.
  private struct Aggregate: Sendable {
    let type: UInt8
    var missing: Int
    var values: [RESPValue] = []
  }

  package init(limits: ReplyLimits = ReplyLimits()) { self.limits = limits }

  /// Whether the beginning of a reply has arrived and its end has not.
  package var isInsideReply: Bool { blobType != nil || !open.isEmpty || !lines.isEmpty }

  /// Takes bytes off the front of `input` until a reply is complete; nil when it has taken all and
  /// there is no complete reply. After an error there is nothing more to read: it throws the same
  /// again.
  package mutating func next(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> RESPValue? {
    if let failure { throw failure }
    do {
      return try advance(&input)
    } catch {
      failure = error
      (blob, open) = ([], [])
      throw error
    }
  }

  private mutating func advance(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> RESPValue? {
    while !input.isEmpty {
      let value = blobType == nil ? try readLine(&input) : try readBlob(&input)
      if let value, let reply = close(with: value) {
        (bytesTaken, valuesTaken) = (0, 0)
        return reply
      }
    }
    return nil
  }

  private mutating func readBlob(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> RESPValue? {
    guard try payload.read(from: &input, into: &blob) else { return nil }
    var whole: [UInt8] = []
    swap(&whole, &blob)
    defer { blobType = nil }
    switch blobType {
    case UInt8(ascii: "!"): return .blobError(whole)
    case UInt8(ascii: "="): return try parseVerbatim(whole)
    default: return .bulk(whole)
    }
  }

  /// Reads the line that begins a value, and is it if the value is a scalar.
  private mutating func readLine(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> RESPValue? {
    let line = try lines.next(from: &input, limit: limits.lineBytes, tooLong: .tooBigReply)
    guard let line else { return nil }
    let head = try line.withBytes(ReplyHead.init)
    switch head {
    case .scalar(let value, let byteCount):
      try charge(bytes: byteCount, values: 0)
      return value
    case .blob(let type, let length):
      guard length <= limits.bulkBytes else { throw .tooBigReply }
      try charge(bytes: Int(length), values: 0)
      payload = Payload(length: Int(length))
      blobType = type
      return nil
    case .aggregate(let type, let count):
      return try begin(type, count)
    }
  }

  /// Opens an aggregate; gives it at once if it is empty.
  private mutating func begin(_ type: UInt8, _ count: Int64) throws(ProtocolError) -> RESPValue? {
    guard count <= limits.values else { throw .tooBigReply }
    guard open.count < limits.depth else { throw .tooDeepReply }
    let isPairs = type == UInt8(ascii: "%") || type == UInt8(ascii: "|")
    let values = Int(count) * (isPairs ? 2 : 1)
    try charge(bytes: 0, values: values)
    var aggregate = Aggregate(type: type, missing: values)
    if values == 0 { return Self.value(of: aggregate) }
    // A constant at most: what is announced costs nothing until it comes.
    aggregate.values.reserveCapacity(min(values, 8))
    open.append(aggregate)
    return nil
  }

  /// Counts what this reply announces against what a reply may have.
  private mutating func charge(bytes: Int, values: Int) throws(ProtocolError) {
    bytesTaken += bytes
    valuesTaken += values
    guard bytesTaken <= limits.replyBytes, valuesTaken <= limits.values else { throw .tooBigReply }
  }

  /// Adds a complete value to the aggregate that it is part of, and so on outwards; gives the reply
  /// if that is now complete.
  private mutating func close(with value: RESPValue) -> RESPValue? {
    var value = value
    while let last = open.indices.last {
      open[last].values.append(value)
      open[last].missing -= 1
      guard open[last].missing == 0, let whole = open.popLast() else { return nil }
      guard let aggregate = Self.value(of: whole) else { return nil }
      value = aggregate
    }
    return value
  }

  /// Nil for attributes, which are no values.
  private static func value(of aggregate: Aggregate) -> RESPValue? {
    switch aggregate.type {
    case UInt8(ascii: "%"): .map(RESPValue.entries(of: aggregate.values))
    case UInt8(ascii: "~"): .set(aggregate.values)
    case UInt8(ascii: ">"): .push(aggregate.values)
    case UInt8(ascii: "|"): nil
    default: .array(aggregate.values)
    }
  }
}

/// How large a reply may be.
package struct ReplyLimits: Sendable, Hashable {
  /// How many aggregates may be open at once.
  package var depth: Int
  /// How many values all aggregates of a reply may hold together.
  package var values: Int
  /// The bytes of one string with a length.
  package var bulkBytes: Int
  /// The bytes of one line, its end included.
  package var lineBytes: Int
  /// The bytes of all strings of a reply together.
  package var replyBytes: Int

  package init(
    depth: Int = 32, values: Int = 1 << 24, bulkBytes: Int = 1 << 29, lineBytes: Int = 1 << 16,
    replyBytes: Int = 1 << 32
  ) {
    precondition(min(depth, values, bulkBytes, lineBytes, replyBytes) > 0)
    // Far from where adding two of them could overflow.
    precondition(max(depth, values, bulkBytes, lineBytes, replyBytes) <= 1 << 48)
    self.depth = depth
    self.values = values
    self.bulkBytes = bulkBytes
    self.lineBytes = lineBytes
    self.replyBytes = replyBytes
  }
}
