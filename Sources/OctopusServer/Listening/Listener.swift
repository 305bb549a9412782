import CPlatform
import Glibc
import OctopusSession
import OctopusSystem

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

  init(_ address: InternetAddress) throws(StartFailure) {
    do throws(SystemError) {
      descriptor = try Self.listen(on: address)
    } catch {
      throw .system(error)
    }
    port = InternetAddress(of: descriptor, getsockname)?.port ?? address.port
  }

  /// The address to listen on. Blocks while the resolver works.
  static func resolve(_ tcp: Configuration.TCP) throws(StartFailure) -> InternetAddress {
    do throws(InternetAddress.ResolutionError) {
      return try InternetAddress(host: tcp.host, port: tcp.port)
    } catch {
      throw .address("\(tcp.host):\(tcp.port)", reason: error.reason)
    }
  }

  private static func listen(on address: InternetAddress) throws(SystemError) -> Int32 {
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

  func peer(of connection: Int32) -> Peer {
    // Small answers go out at once, and the dead are noticed.
    set(connection, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(connection, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(connection, Int32(IPPROTO_TCP), TCP_KEEPIDLE, Self.userTimeoutSeconds / 3)
    set(connection, Int32(IPPROTO_TCP), TCP_KEEPINTVL, Self.userTimeoutSeconds / 3)
    set(connection, Int32(IPPROTO_TCP), TCP_KEEPCNT, 2)
    set(connection, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Self.userTimeoutSeconds * 1_000)
    return Peer(
      transport: .tcp,
      address: InternetAddress(of: connection, getpeername)?.text ?? "?:0",
      localAddress: InternetAddress(of: connection, getsockname)?.text ?? "?:0")
  }

  func close() { _ = Glibc.close(descriptor) }
}

/// An option that a socket may lack is no reason to refuse it.
private func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
  var value = value
  _ = setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}
