import RESP

/// A client for tests that sends requests and receives RESP values, one blocking call at a time.
package final class RESPClient {
  /// Nil once it is closed.
  package private(set) var socket: ClientSocket?
  private var decoder = ReplyDecoder()
  private var received: ArraySlice<RESPValue> = []

  package init(unix path: String, timeLimit: Int? = TestLimit.seconds) throws {
    socket = try ClientSocket(unix: path, timeLimit: timeLimit)
  }

  package init(tcpPort port: Int) throws { socket = try ClientSocket(tcpPort: port) }

  // MARK: Sending

  /// Sends text as it is: inline commands, or frames.
  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) throws {
    guard let socket else { throw ClientSocket.Failure.closed }
    try socket.send(bytes)
  }

  package func send(_ request: Request) throws {
    var encoder = RESPEncoder(version: .three)
    encoder.arrayHeader(request.count)
    for argument in request { encoder.bulk(argument) }
    try send(encoder.bytes)
  }

  package func send(command: [String]) throws {
    var encoder = RESPEncoder(version: .three)
    encoder.command(command)
    try send(encoder.bytes)
  }

  /// Sends the end of input; receiving goes on.
  package func stopSending() { socket?.stopSending() }

  /// Closes the connection, as the kernel does for a client that is killed.
  package func close() { socket = nil }

  /// Whether the server has not read all that was sent.
  package var isUnread: Bool { socket?.isUnread ?? false }

  // MARK: Receiving

  /// The next reply or push.
  ///
  /// - Throws: `ClientSocket.Failure`, or the decoder's error.
  package func next() throws -> RESPValue {
    try wait(for: 1)
    return received.removeFirst()
  }

  /// Waits until `count` replies and pushes have been received and not been taken.
  package func wait(for count: Int) throws {
    while received.count < count {
      guard try read() else { throw ClientSocket.Failure.closed }
    }
  }

  /// All that has arrived; does not wait.
  package func takeReceived() throws -> [RESPValue] {
    while socket?.isReadable == true, try read() {}
    defer { received = [] }
    return Array(received)
  }

  /// All that arrives until the server closes.
  package func receiveToEnd() throws -> [RESPValue] {
    while try read() {}
    defer { received = [] }
    return Array(received)
  }

  /// Whether anything has arrived.
  package var hasInput: Bool { !received.isEmpty || socket?.isReadable == true }

  /// False at the end.
  private func read() throws -> Bool {
    guard let bytes = try socket?.receive() else { return false }
    try bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while let value = try decoder.next(&rest) { received.append(value) }
    }
    return true
  }

  // MARK: Text

  /// Sends a command and returns the next reply or push as text: see ``RESP/RESPValue/shown``.
  @discardableResult
  package func call(_ command: String...) throws -> String {
    try send(command: command)
    return try next().shown
  }

  /// The next reply or push as text.
  package func nextText() throws -> String { try next().shown }

  /// All that arrives until the server closes, as text.
  package func textToEnd() throws -> [String] { try receiveToEnd().map(\.shown) }

  /// A number of INFO.
  package func figure(_ name: String) throws -> Int? {
    try send(command: ["INFO"])
    let lines = try next().text?.split(whereSeparator: \.isNewline)
    let line = lines?.first { $0.hasPrefix("\(name):") }
    return line.flatMap { Int($0.dropFirst(name.count + 1)) }
  }

  /// Waits until a number of INFO is `value`: the server announces no change of it, so this asks
  /// again. Each question waits for the server's answer, and so lets the server work.
  package func wait(for name: String, _ value: Int) throws {
    while try figure(name) != value {}
  }
}

extension RESPValue {
  /// Strings as they are, arrays and pushes in brackets, errors with their minus.
  package var shown: String {
    switch self {
    case .simpleString(let bytes), .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
    case .error(let bytes): "-" + String(decoding: bytes, as: UTF8.self)
    case .integer(let value): "\(value)"
    case .null: "null"
    case .array(let values): "[" + values.map(\.shown).joined(separator: ", ") + "]"
    case .push(let values): ">[" + values.map(\.shown).joined(separator: ", ") + "]"
    case .map(let entries):
      "{" + entries.map { "\($0.key.shown): \($0.value.shown)" }.joined(separator: ", ") + "}"
    default: "\(self)"
    }
  }
}
