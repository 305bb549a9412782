import Glibc
import OctopusSystem
import TestSupport

/// A client that sends and receives bytes as they are.
final class RawClient: Sendable {
  private let socket: ClientSocket
  /// Received, and not returned yet.
  private let received = Mutex<[UInt8]>([])

  init(_ path: String) throws { socket = try ClientSocket(unix: path) }

  /// Sends all of it, unless the server has closed.
  func send(_ text: String) async { await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async { await blocking { [socket] in try? socket.send(bytes) } }

  /// Sends the end of input; receiving goes on.
  func stopSending() { socket.stopSending() }

  /// `count` bytes, or fewer at the end.
  func receive(_ count: Int) async throws -> String {
    try await blocking { [self] in Result { try receiveNow(count) } }.get()
  }

  /// Everything until the server closes.
  func receiveToEnd() async throws -> String { try await receive(.max) }

  /// Everything up to this text, and the text.
  @discardableResult
  func receive(through text: String) async throws -> String {
    try await blocking { [self] in Result { try receiveNow(.max, through: Array(text.utf8)) } }
      .get()
  }

  /// Sends a request and waits for a reply; throws if it is another.
  func ask(_ request: String, _ answer: String) async throws {
    await send(request)
    try await expect(answer)
  }

  func expect(_ text: String) async throws {
    let received = try await receive(text.utf8.count)
    if received != text {
      throw Failure("received \(received.suffix(1_000).debugDescription)")
    }
  }

  private func receiveNow(_ count: Int, through end: [UInt8]? = nil) throws -> String {
    var bytes = received.withLock { exchange(&$0, with: []) }
    var searched = 0
    while bytes.count < count {
      if let end, let start = bytes.firstIndex(of: end, from: searched) {
        received.withLock { $0 = Array(bytes[(start + end.count)...]) }
        return String(decoding: bytes[..<(start + end.count)], as: UTF8.self)
      }
      searched = max(0, bytes.count - (end?.count ?? 0))
      do {
        guard let more = try socket.receive() else { break }
        bytes += more
      } catch {
        let text = String(decoding: bytes.suffix(1_000), as: UTF8.self)
        throw Failure("no more came than \(bytes.count) bytes, last \(text.debugDescription)")
      }
    }
    let rest = bytes.dropFirst(count)
    if !rest.isEmpty { received.withLock { $0 = Array(rest) } }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}

extension [UInt8] {
  /// The index at which a text begins, at or after `start`.
  fileprivate func firstIndex(of text: [UInt8], from start: Int) -> Int? {
    withUnsafeBytes { bytes in
      var index = start
      while index + text.count <= count {
        let rest = bytes.baseAddress! + index
        guard let found = memchr(rest, Int32(text[0]), count - index) else { return nil }
        index += UnsafeRawPointer(found) - rest
        if index + text.count <= count, memcmp(found, text, text.count) == 0 { return index }
        index += 1
      }
      return nil
    }
  }
}

/// A request as client libraries write it.
func framed(_ arguments: String...) -> String {
  arguments.reduce("*\(arguments.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
}

extension Octopusd {
  func connect() throws -> RawClient { try RawClient(socket) }

  /// A number of INFO.
  func figure(_ name: String) async throws -> Int {
    let client = try connect()
    await client.send("INFO\r\nQUIT\r\n")
    let lines = try await client.receiveToEnd().split(whereSeparator: \.isNewline)
    let line = lines.first { $0.hasPrefix("\(name):") }
    guard let value = line.flatMap({ Int($0.dropFirst(name.count + 1)) }) else {
      throw Failure("INFO has no number \(name)")
    }
    return value
  }

  /// Waits until a number of INFO is as it should be. The server announces no change of it, so this
  /// asks again; each question waits for the server's reply, and so lets the server work.
  func wait(for name: String, _ isReached: (Int) -> Bool) async throws {
    let deadline = now() + patience
    while !isReached(try await figure(name)) {
      guard now() < deadline else { throw Failure("\(name) has not become what it should be") }
    }
  }
}
