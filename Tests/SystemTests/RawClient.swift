import CSpawn
import Glibc
import Synchronization

/// A connection without a client's manners: bytes out, bytes in.
final class RawClient: Sendable {
  private let descriptor: CInt
  /// What has come and was not asked for yet.
  private let received = Mutex<[UInt8]>([])

  init(_ socket: String) throws {
    descriptor = spawn_connection(socket)
    guard descriptor >= 0 else { throw Failure("cannot connect to \(socket)") }
  }

  deinit { close(descriptor) }

  /// Sends it all, unless the other end is gone.
  func send(_ text: String) async { await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async {
    await blocking { [descriptor] in
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        sent += count
      }
    }
  }

  /// As many bytes as asked for, or fewer at the end.
  func receive(_ count: Int) async throws -> String {
    try await blocking { [self] in Result { try receiveNow(count) } }.get()
  }

  /// All that comes until the other end closes.
  func receiveToEnd() async throws -> String { try await receive(.max) }

  /// All that comes up to this text, and the text.
  @discardableResult
  func receive(through text: String) async throws -> String {
    try await blocking { [self] in Result { try receiveNow(.max, through: Array(text.utf8)) } }
      .get()
  }

  /// Sends a request and waits for an answer that is known to the byte; throws if another comes.
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
    let deadline = now() + patience
    var bytes = received.withLock { exchange(&$0, with: []) }
    var searched = 0
    while bytes.count < count {
      if let end, let place = bytes.firstPlace(of: end, from: searched) {
        received.withLock { $0 = Array(bytes[(place + end.count)...]) }
        return String(decoding: bytes[..<(place + end.count)], as: UTF8.self)
      }
      searched = max(0, bytes.count - (end?.count ?? 0))
      guard waitReadable(descriptor, until: deadline) else {
        let text = String(decoding: bytes.suffix(1_000), as: UTF8.self)
        throw Failure("no more came than \(bytes.count) bytes, last \(text.debugDescription)")
      }
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      let received = recv(descriptor, &chunk, chunk.count, 0)
      guard received > 0 else { break }
      bytes += chunk[..<received]
    }
    let rest = bytes.dropFirst(count)
    if !rest.isEmpty { received.withLock { $0 = Array(rest) } }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}

extension [UInt8] {
  /// Where a text begins, at or behind a place.
  fileprivate func firstPlace(of text: [UInt8], from start: Int) -> Int? {
    withUnsafeBytes { bytes in
      var place = start
      while place + text.count <= count {
        let rest = bytes.baseAddress! + place
        guard let found = memchr(rest, Int32(text[0]), count - place) else { return nil }
        place += UnsafeRawPointer(found) - rest
        if place + text.count <= count, memcmp(found, text, text.count) == 0 { return place }
        place += 1
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

  /// A figure of INFO.
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

  /// Waits until a figure of INFO is as it should be.
  func wait(for name: String, _ isReached: (Int) -> Bool) async throws {
    let deadline = now() + patience
    while !isReached(try await figure(name)) {
      guard now() < deadline else { throw Failure("\(name) has not come to what it should be") }
    }
  }
}
