import RESP

/// A blocking client of the Redis protocol, for Octopus and Redis.
final class Client {
  struct Refused: Error {
    var reply: RESPValue
  }

  let wire: Wire
  private var decoder = ReplyDecoder()

  init(_ wire: Wire) { self.wire = wire }

  convenience init(_ path: String) throws { self.init(try Wire(.unix(path: path))) }

  func send(_ bytes: [UInt8]) throws { try wire.send(bytes) }

  /// The next reply.
  func receive() throws -> RESPValue {
    while true {
      if !wire.unread.isEmpty, let value = try wire.take({ try decoder.next(&$0) }) {
        if case .error = value { throw Refused(reply: value) }
        return value
      }
      try wire.fill()
    }
  }

  /// Reads and discards `count` bytes.
  func skip(_ count: Int) throws { try wire.skip(count) }

  @discardableResult
  func ask(_ words: String...) throws -> RESPValue { try ask(words) }

  @discardableResult
  func ask(_ words: [String]) throws -> RESPValue {
    try send(command(words))
    return try receive()
  }

  /// Sends `count` commands, a thousand at a time, and reads their replies.
  func load(_ count: Int, _ words: (Int) -> [String]) throws {
    let reply = try pipeline(count, words)
    if case .error = reply { throw Refused(reply: reply) }
  }
}

// Clients that expect to be refused.
extension Client {
  /// The next reply, which may be an error.
  func answer() throws -> RESPValue {
    do { return try receive() } catch let refused as Refused { return refused.reply }
  }

  func answer(_ words: [String]) throws -> RESPValue {
    try send(command(words))
    return try answer()
  }

  /// Sends `count` commands, a thousand at a time, until some are refused. Returns the first error,
  /// else the last reply.
  func pipeline(_ count: Int, _ words: (Int) -> [String]) throws -> RESPValue {
    var last = RESPValue.null
    for start in stride(from: 0, to: count, by: 1_000) {
      let numbers = start..<min(start + 1_000, count)
      try send(numbers.flatMap { command(words($0)) })
      var error: RESPValue?
      for _ in numbers {
        last = try answer()
        if error == nil, case .error = last { error = last }
      }
      if let error { return error }
    }
    return last
  }
}

/// A command as it goes over the socket.
func command(_ words: [String]) -> [UInt8] {
  var text = "*\(words.count)\r\n"
  for word in words { text += "$\(word.utf8.count)\r\n\(word)\r\n" }
  return Array(text.utf8)
}
