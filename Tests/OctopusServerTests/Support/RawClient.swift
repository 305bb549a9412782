import CPlatform
import Glibc
import OctopusSystem
import RESP

@testable import OctopusServer

/// A client that does exactly what it is told, one blocking call at a time.
///
/// Nothing here waits for ever: a server that says nothing for 30 seconds has failed the test.
final class RawClient {
  struct Silence: Error {}
  /// The server closed the connection.
  struct Closed: Error {}

  private let descriptor: Int32
  private var decoder = ReplyDecoder()
  private var input: [UInt8] = []
  private var isOpen = true

  init(unix path: String) throws {
    descriptor = platform_stream_socket(AF_UNIX)
    guard UnixAddress(path)!.withPointer({ connect(descriptor, $0, $1) }) == 0 else {
      throw SystemError("connect to \(path)")
    }
    limitWaiting()
  }

  init(tcpPort port: Int) throws {
    descriptor = platform_stream_socket(AF_INET)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
    let result = withUnsafePointer(to: address) {
      // As C does it: a sockaddr is what all addresses begin with.
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw SystemError("connect to port \(port)") }
    limitWaiting()
  }

  deinit { if isOpen { close(descriptor) } }

  private func limitWaiting() {
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  /// As the kernel does it for a client that is killed.
  func die() {
    isOpen = false
    close(descriptor)
  }

  /// Says that no more will come; what does is still heard.
  func endInput() { shutdown(descriptor, CInt(SHUT_WR)) }

  func send(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Closed() }
      rest = rest.dropFirst(count)
    }
  }

  /// The next thing that the server says.
  func receive() throws -> RESPValue {
    while true {
      var value: RESPValue?
      let rest = try input.withUnsafeBytes { bytes in
        var rest = bytes
        value = try decoder.next(&rest)
        return Array(rest)
      }
      input = rest
      if let value { return value }
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 || (count < 0 && errno == ECONNRESET) { throw Closed() }
      if count < 0 { throw Silence() }
      input = Array(buffer.prefix(count))
    }
  }

  /// Says something and hears the next answer, as text: see `RESPValue.shown`.
  @discardableResult
  func call(_ arguments: String...) throws -> String {
    var encoder = RESPEncoder(version: .two)
    encoder.command(arguments)
    try send(String(decoding: encoder.bytes, as: UTF8.self))
    return try hear()
  }

  func hear() throws -> String { try receive().shown }

  /// Whether something has arrived already.
  var hasInput: Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return !input.isEmpty || poll(&polled, 1, 0) == 1
  }

  /// Hears everything until the server closes.
  func hearToTheEnd() throws -> [String] {
    var heard: [String] = []
    do {
      while true { heard.append(try hear()) }
    } catch is Closed {
      return heard
    }
  }
}

extension RESPValue {
  /// Strings as they are, arrays and pushes in brackets, errors with their minus.
  var shown: String {
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
