import CSpawn
import Glibc

/// A connection without a client's manners: bytes out, bytes in.
final class RawClient: Sendable {
  private let descriptor: CInt

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
    if received != text { throw Failure("received \(received.debugDescription)") }
  }

  private func receiveNow(_ count: Int, through end: [UInt8] = []) throws -> String {
    let deadline = now() + patience
    var bytes: [UInt8] = []
    while bytes.count < count, end.isEmpty || !bytes.suffix(end.count).elementsEqual(end) {
      guard waitReadable(descriptor, until: deadline) else {
        let text = String(decoding: bytes, as: UTF8.self)
        throw Failure("no more came than \(text.debugDescription)")
      }
      var chunk = [UInt8](repeating: 0, count: min(count - bytes.count, 64 << 10))
      let received = recv(descriptor, &chunk, chunk.count, 0)
      guard received > 0 else { break }
      bytes += chunk[..<received]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
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
