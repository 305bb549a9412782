import CPlatform
import Glibc
import OctopusSession
import OctopusSystem

/// A listening socket. `close` also removes its files.
protocol Listener: Sendable {
  var descriptor: CInt { get }
  /// The other end of a connection that was accepted here.
  func peer(of connection: CInt) -> Peer
  func close()
}

/// Listens on TCP.
struct TCPListener: Listener {
  /// A peer that acknowledges nothing for this long is taken for dead.
  static let userTimeoutSeconds: CInt = 15

  let descriptor: CInt
  let port: Int

  init(_ address: InternetAddress) throws(StartupError) {
    do throws(SystemError) {
      descriptor = try Self.listen(on: address)
    } catch {
      throw .system(error)
    }
    port = InternetAddress(of: descriptor, getsockname)?.port ?? address.port
  }

  /// The address to listen on. Blocks while the resolver works.
  static func resolve(_ tcp: Configuration.TCP) throws(StartupError) -> InternetAddress {
    do throws(InternetAddress.ResolutionError) {
      return try InternetAddress(host: tcp.host, port: tcp.port)
    } catch {
      throw .address("\(tcp.host):\(tcp.port)", reason: error.reason)
    }
  }

  private static func listen(on address: InternetAddress) throws(SystemError) -> CInt {
    let action = "listen on \(address.text)"
    let socket = platform_stream_socket(address.family)
    guard socket >= 0 else { throw SystemError(action) }
    let guardian = Descriptor(owning: socket)
    set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
    guard address.withPointer({ bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 512) == 0 else {
      throw SystemError(action)
    }
    return guardian.release()
  }

  func peer(of connection: CInt) -> Peer {
    // Small replies are sent at once, and dead peers are detected.
    set(connection, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
    set(connection, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(connection, CInt(IPPROTO_TCP), TCP_KEEPIDLE, Self.userTimeoutSeconds / 3)
    set(connection, CInt(IPPROTO_TCP), TCP_KEEPINTVL, Self.userTimeoutSeconds / 3)
    set(connection, CInt(IPPROTO_TCP), TCP_KEEPCNT, 2)
    set(connection, CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, Self.userTimeoutSeconds * 1_000)
    return Peer(
      transport: .tcp,
      address: InternetAddress(of: connection, getpeername)?.text ?? "?:0",
      localAddress: InternetAddress(of: connection, getsockname)?.text ?? "?:0")
  }

  func close() { _ = Glibc.close(descriptor) }
}

/// Sets an option. Failure is ignored: the connection works without it.
private func set(_ socket: CInt, _ level: CInt, _ option: CInt, _ value: CInt) {
  var value = value
  _ = setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
}
