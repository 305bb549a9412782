import Glibc
import RESP

/// A blocking connection: bytes out, replies in. Both servers are driven by the same one.
final class Client {
  enum Failed: Error {
    case system(String, Int32)
    case closed
    case answered(RESPValue)
  }

  private let descriptor: CInt
  private var decoder = ReplyDecoder()
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private var unread = 0..<0

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failed.system("socket", errno) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    // A server that says nothing ends the benchmark, rather than stopping it.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard result == 0 else {
      let error = errno
      close(descriptor)
      throw Failed.system("connect", error)
    }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
        guard count > 0 else { throw Failed.system("write", errno) }
        sent += count
      }
    }
  }

  /// The next reply.
  func receive() throws -> RESPValue {
    while true {
      if !unread.isEmpty {
        let (value, left) = try buffer.withUnsafeBytes { whole in
          var input = UnsafeRawBufferPointer(rebasing: whole[unread])
          let value = try decoder.next(&input)
          return (value, input.count)
        }
        unread = (unread.upperBound - left)..<unread.upperBound
        if let value {
          if case .error = value { throw Failed.answered(value) }
          return value
        }
      }
      unread = 0..<(try fill())
    }
  }

  /// Reads so many bytes, whatever they are.
  func skip(_ count: Int) throws {
    precondition(unread.isEmpty, "replies that nobody read")
    var left = count
    while left > 0 { left -= try fill(atMost: left) }
  }

  private func fill(atMost limit: Int = .max) throws -> Int {
    let count = buffer.withUnsafeMutableBytes {
      read(descriptor, $0.baseAddress!, min($0.count, limit))
    }
    if count < 0 { throw Failed.system("read", errno) }
    guard count > 0 else { throw Failed.closed }
    return count
  }

  @discardableResult
  func ask(_ words: String...) throws -> RESPValue {
    try send(command(words))
    return try receive()
  }

  /// Sends so many commands, a thousand at a time, and awaits their replies.
  func load(_ count: Int, _ words: (Int) -> [String]) throws {
    for start in stride(from: 0, to: count, by: 1_000) {
      let numbers = start..<min(start + 1_000, count)
      try send(numbers.flatMap { command(words($0)) })
      for _ in numbers { _ = try receive() }
    }
  }
}

/// A command as it goes over the socket.
func command(_ words: [String]) -> [UInt8] {
  var text = "*\(words.count)\r\n"
  for word in words { text += "$\(word.utf8.count)\r\n\(word)\r\n" }
  return Array(text.utf8)
}
