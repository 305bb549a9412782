import Foundation
import RESP

/// A client's socket: requests out, replies and pushes in.
final class Wire {
  private let descriptor: Int32
  private var isOpen = true
  private var decoder = ReplyDecoder()
  private var arrived: [RESPValue] = []

  /// Longer than any test takes, so that a reply that never comes fails the test and does not hang it.
  private static let patienceMilliseconds: Int32 = 60_000

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      // As C does it: a sockaddr is what all addresses begin with.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw BackendFailure(description: "cannot connect: \(errno)") }
  }

  deinit { close() }

  func close() {
    if isOpen { Foundation.close(descriptor) }
    isOpen = false
  }

  func stopSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  func send(_ request: Request) throws {
    var rest = request.encoded[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw BackendFailure(description: "cannot send: \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  /// Whether the server has still to read of what was sent.
  var isUnread: Bool {
    get throws {
      var count: Int32 = 0
      guard ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 else {
        throw BackendFailure(description: "cannot tell what is unread: \(errno)")
      }
      return count > 0
    }
  }

  /// The next reply or push; waits for it.
  func next() throws -> RESPValue {
    try wait(for: 1)
    return arrived.removeFirst()
  }

  /// Waits until so many have arrived.
  func wait(for count: Int) throws {
    while arrived.count < count {
      guard try read(waiting: true) else { throw BackendFailure(description: "the server hung up") }
    }
  }

  /// All that has arrived; does not wait.
  func takeArrived() throws -> [RESPValue] {
    _ = try read(waiting: false)
    defer { arrived = [] }
    return arrived
  }

  func readToEnd() throws { while try read(waiting: true) {} }

  /// Reads what there is; false at the end.
  private func read(waiting: Bool) throws -> Bool {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let ready = Foundation.poll(&poll, 1, waiting ? Self.patienceMilliseconds : 0)
    guard ready > 0 else {
      if waiting { throw BackendFailure(description: "nothing came for a minute") }
      return true
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    try buffer[..<count].withUnsafeBytes { bytes in
      var rest = bytes
      while let value = try decoder.next(&rest) { arrived.append(value) }
    }
    // There may be more than the buffer took.
    return count < buffer.count ? true : try read(waiting: false)
  }
}
