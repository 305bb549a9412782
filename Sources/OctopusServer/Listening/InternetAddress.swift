import Glibc

/// A host and port as the system has them.
struct InternetAddress {
  private var storage = sockaddr_storage()
  private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  /// The first address of a host, by name or by number.
  init(host: String, port: Int) throws(StartFailure) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, "\(port)", &hints, &found)
    defer { if let found { freeaddrinfo(found) } }
    guard result == 0, let first = found?.pointee, let address = first.ai_addr else {
      throw .address("\(host):\(port)", reason: String(cString: gai_strerror(result)))
    }
    length = first.ai_addrlen
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
    }
  }

  /// What `getsockname` or `getpeername` says of a socket; nil if that is no address of the Internet.
  init?(
    of socket: Int32,
    _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) {
    // As C does it: a sockaddr is what all addresses begin with.
    let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(socket, $0, &length) == 0 }
    }
    guard isKnown, family == AF_INET || family == AF_INET6 else { return nil }
  }

  var family: Int32 { Int32(storage.ss_family) }

  /// Both kinds of address have it at the same place.
  var port: Int {
    withUnsafeBytes(of: storage) { Int(UInt16(bigEndian: $0.load(as: sockaddr_in.self).sin_port)) }
  }

  /// `127.0.0.1:80`, `[::1]:80`.
  var text: String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    withUnsafeBytes(of: storage) { bytes in
      if family == AF_INET6 {
        var number = bytes.load(as: sockaddr_in6.self).sin6_addr
        inet_ntop(AF_INET6, &number, &buffer, socklen_t(buffer.count))
      } else {
        var number = bytes.load(as: sockaddr_in.self).sin_addr
        inet_ntop(AF_INET, &number, &buffer, socklen_t(buffer.count))
      }
    }
    let host = String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Lends it to a call that takes an address.
  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
