import CPlatform
import Glibc
import NIOCore

/// A socket that listens. What it left in the file system goes with `close`.
protocol Listener: Sendable {
  var descriptor: Int32 { get }
  /// Who is at the other end of a connection that was accepted here.
  func peer(of connection: Int32) -> Peer
  func close()
}

/// Listens on TCP.
struct TCPListener: Listener {
  /// A peer that says nothing for so long, asked repeatedly, is dead.
  static let userTimeoutSeconds: Int32 = 15

  let descriptor: Int32
  let port: Int

  init(host: String, port: Int) throws(StartFailure) {
    let address: SocketAddress
    do {
      address = try SocketAddress.makeAddressResolvingHost(host, port: port)
    } catch {
      throw .address("\(host):\(port)", reason: "\(error)")
    }
    do throws(SystemError) {
      descriptor = try Self.listen(on: address)
    } catch {
      throw .system(error)
    }
    self.port = Self.name(descriptor, getsockname)?.port ?? port
  }

  private static func listen(on address: SocketAddress) throws(SystemError) -> Int32 {
    let action = "listen on \(address)"
    let socket = platform_stream_socket(Int32(address.protocol.rawValue))
    guard socket >= 0 else { throw SystemError(action) }
    let guardian = Descriptor(owning: socket)
    set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
    let bound = address.withSockAddr { pointer, length in
      bind(socket, pointer, socklen_t(length))
    }
    guard bound == 0, Glibc.listen(socket, 512) == 0 else { throw SystemError(action) }
    return guardian.release()
  }

  func peer(of connection: Int32) -> Peer {
    // Small answers go out at once, and the dead are noticed.
    set(connection, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(connection, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(connection, Int32(IPPROTO_TCP), TCP_KEEPIDLE, Self.userTimeoutSeconds / 3)
    set(connection, Int32(IPPROTO_TCP), TCP_KEEPINTVL, Self.userTimeoutSeconds / 3)
    set(connection, Int32(IPPROTO_TCP), TCP_KEEPCNT, 2)
    set(connection, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Self.userTimeoutSeconds * 1_000)
    return Peer(
      transport: .tcp, descriptor: connection,
      address: Self.text(Self.name(connection, getpeername)),
      localAddress: Self.text(Self.name(connection, getsockname)))
  }

  func close() { _ = Glibc.close(descriptor) }

  private static func text(_ address: SocketAddress?) -> String {
    guard let address, let host = address.ipAddress, let port = address.port else { return "?:0" }
    return address.protocol == .inet6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  private static func name(
    _ socket: Int32,
    _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      // As C does it: a sockaddr is what all addresses begin with.
      let isKnown = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        ask(socket, $0, &length) == 0
      }
      let raw = UnsafeRawPointer(pointer)
      switch Int32(pointer.pointee.ss_family) {
      case AF_INET where isKnown: return SocketAddress(raw.load(as: sockaddr_in.self))
      case AF_INET6 where isKnown: return SocketAddress(raw.load(as: sockaddr_in6.self))
      default: return nil
      }
    }
  }
}

/// An option that a socket may lack is no reason to refuse it.
private func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
  var value = value
  _ = setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}
