import Glibc

/// A blocking byte stream to a server.
final class Wire {
  enum Address: Sendable {
    case unix(path: String)
    case loopback(port: UInt16)
  }

  enum Failed: Error {
    case system(String, Int32)
    case closed
  }

  let descriptor: CInt
  private var buffer = [UInt8](repeating: 0, count: 16 << 10)
  private(set) var unread = 0..<0

  init(_ address: Address) throws {
    switch address {
    case .unix(let path):
      descriptor = try Self.stream(AF_UNIX)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      try connect(to: address)
    case .loopback(let port):
      descriptor = try Self.stream(AF_INET)
      var one: CInt = 1
      setsockopt(
        descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
      try connect(to: sockaddr_in(loopback: port))
    }
    // A server that does not answer, or does not read, fails the benchmark.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit { close(descriptor) }

  private static func stream(_ family: CInt) throws -> CInt {
    let descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Failed.system("socket", errno) }
    return descriptor
  }

  private func connect<SocketAddress>(to address: SocketAddress) throws {
    let result = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<SocketAddress>.size))
      }
    }
    guard result == 0 else { throw Failed.system("connect", errno) }
  }

  func send(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        // A server that has gone is an error, not a signal.
        let count = Glibc.send(
          descriptor, bytes.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
        guard count > 0 else { throw Failed.system("write", errno) }
        sent += count
      }
    }
  }

  /// Ends the connection in both directions.
  func end() { shutdown(descriptor, CInt(SHUT_RDWR)) }

  /// Waits for more bytes, which follow the unread ones.
  func fill(atMost limit: Int = .max) throws {
    if unread.isEmpty {
      unread = 0..<0
    } else if unread.upperBound == buffer.count {
      // The unread bytes move to the front; if they fill the buffer, it grows.
      let rest = buffer[unread]
      buffer.replaceSubrange(0..<rest.count, with: rest)
      unread = 0..<rest.count
      if rest.count == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
    }
    let count = buffer.withUnsafeMutableBytes {
      read(
        descriptor, $0.baseAddress! + unread.upperBound, min($0.count - unread.upperBound, limit))
    }
    if count < 0 { throw Failed.system("read", errno) }
    guard count > 0 else { throw Failed.closed }
    unread = unread.lowerBound..<unread.upperBound + count
  }

  /// Passes the unread bytes to `body`, which consumes some of them.
  func take<Result>(_ body: (inout UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let (result, left) = try buffer.withUnsafeBytes { whole in
      var input = UnsafeRawBufferPointer(rebasing: whole[unread])
      let result = try body(&input)
      return (result, input.count)
    }
    unread = (unread.upperBound - left)..<unread.upperBound
    return result
  }

  /// Waits for the next `count` bytes.
  func take(_ count: Int) throws -> [UInt8] {
    while unread.count < count { try fill() }
    defer { unread = (unread.lowerBound + count)..<unread.upperBound }
    return Array(buffer[unread.lowerBound..<unread.lowerBound + count])
  }

  /// Reads and discards `count` bytes.
  func skip(_ count: Int) throws {
    precondition(unread.isEmpty, "replies that nobody read")
    var left = count
    while left > 0 {
      try fill(atMost: left)
      left -= unread.count
      unread = 0..<0
    }
  }

  /// A free TCP port of the loopback interface.
  static func freePort() throws -> UInt16 {
    let descriptor = try stream(AF_INET)
    defer { close(descriptor) }
    var address = sockaddr_in(loopback: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
      }
    }
    guard result == 0 else { throw Failed.system("bind", errno) }
    return UInt16(bigEndian: address.sin_port)
  }
}

extension sockaddr_in {
  fileprivate init(loopback port: UInt16) {
    self.init()
    sin_family = sa_family_t(AF_INET)
    sin_port = port.bigEndian
    sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  }
}
