import CPlatform
import Glibc

/// Tells systemd, or whoever else set `$NOTIFY_SOCKET`, how the service fares.
package enum ServiceNotice: String {
  case ready = "READY=1"
  case stopping = "STOPPING=1"

  /// Sends the notice if anybody asked for it. A notice that cannot be sent is nobody's loss: the one
  /// who waits for it gives up by time-out.
  package func send(_ environment: [String: String]) {
    guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
      let address = UnixAddress(path)
    else { return }
    let socket = platform_datagram_socket()
    guard socket >= 0 else { return }
    defer { close(socket) }
    let text = Array(rawValue.utf8)
    _ = address.withPointer { pointer, length in
      sendto(socket, text, text.count, Int32(MSG_NOSIGNAL), pointer, length)
    }
  }
}

/// The address of a Unix socket: a path, or a name without a file that begins with `@`.
struct UnixAddress {
  private var storage = sockaddr_un()
  private let length: socklen_t

  /// Nil if the path is empty, holds a null, or is longer than the system allows.
  init?(_ path: String) {
    let bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: storage.sun_path)
    guard !bytes.isEmpty, bytes.count < capacity, !bytes.contains(0) else { return nil }
    let isAbstract = bytes[0] == UInt8(ascii: "@")
    storage.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &storage.sun_path) { path in
      path.copyBytes(from: bytes)
      if isAbstract { path[0] = 0 }
    }
    // The name of an abstract socket ends with its length, a path with a null.
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
    length = socklen_t(offset + bytes.count + (isAbstract ? 0 : 1))
  }

  func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    withUnsafePointer(to: storage) { pointer in
      // As C does it: a sockaddr is what all addresses begin with.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
