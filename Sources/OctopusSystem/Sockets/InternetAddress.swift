import Glibc

/// An IPv4 or IPv6 address and a port.
package struct InternetAddress: Sendable {
  private var storage = sockaddr_storage()
  private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  /// A host that has no address; the text is the resolver's.
  package struct ResolutionError: Error, Sendable {
    package let reason: String
  }

  /// The first address of a host, given by name or by number. Blocks while the resolver works.
  package init(host: String, port: Int) throws(ResolutionError) {
    var hints = addrinfo()
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, "\(port)", &hints, &found)
    defer { if let found { freeaddrinfo(found) } }
    guard result == 0, let first = found?.pointee, let address = first.ai_addr else {
      throw ResolutionError(reason: String(cString: gai_strerror(result)))
    }
    length = first.ai_addrlen
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
    }
  }

  /// The address that `getsockname` or `getpeername` has for a socket; nil if it is none of the
  /// Internet.
  package init?(
    of socket: CInt,
    _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
  ) {
    // As in C: every address begins with the members of a sockaddr.
    let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(socket, $0, &length) == 0 }
    }
    guard isKnown, family == AF_INET || family == AF_INET6 else { return nil }
  }

  package var family: CInt { CInt(storage.ss_family) }

  /// Both kinds of address have the port at the same offset.
  package var port: Int {
    withUnsafeBytes(of: storage) { Int(UInt16(bigEndian: $0.load(as: sockaddr_in.self).sin_port)) }
  }

  /// `127.0.0.1:80`, `[::1]:80`.
  package var text: String {
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

  /// Lends the address to a system call.
  package func withPointer<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
