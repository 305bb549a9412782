import Glibc

/// The address of a Unix socket: a path, or an abstract name that begins with `@`.
package struct UnixAddress: Sendable {
  private var storage = sockaddr_un()
  private let length: socklen_t

  /// Nil if the path is empty, contains a NUL, or is longer than the system allows.
  package init?(_ path: String) {
    let bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: storage.sun_path)
    guard !bytes.isEmpty, bytes.count < capacity, !bytes.contains(0) else { return nil }
    let isAbstract = bytes[0] == UInt8(ascii: "@")
    storage.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &storage.sun_path) { path in
      path.copyBytes(from: bytes)
      if isAbstract { path[0] = 0 }
    }
    // An abstract name ends with the address's length, a path with a NUL.
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
    length = socklen_t(offset + bytes.count + (isAbstract ? 0 : 1))
  }

  /// Lends the address to a system call.
  package func withPointer<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: storage) { pointer in
      // As in C: every address begins with the members of a sockaddr.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
