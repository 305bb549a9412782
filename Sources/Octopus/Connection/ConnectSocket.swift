import Glibc
import OctopusSystem

/// Opens a connected, blocking stream socket that no child process inherits: a child that held it
/// would keep the session alive after its owner's death.
///
/// Blocks for at most `limit` and the time that resolving a host's name takes.
package func connectSocket(
  to address: OctopusClient.Address, limit: Duration
) throws(ConnectError) -> CInt {
  switch address {
  case .unix(let path): return try connectSocket(path: path, limit)
  case .tcp(let host, let port): return try connectSocket(host: host, port: port, limit)
  }
}

/// Why a socket could not be connected.
package struct ConnectError: Error {
  package let reason: String

  init(_ reason: String) { self.reason = reason }
  init(errno code: CInt) { reason = String(cString: strerror(code)) }
}

private func connectSocket(path: String, _ limit: Duration) throws(ConnectError) -> CInt {
  guard let address = UnixAddress(path) else {
    throw ConnectError("not a path that a socket can have")
  }
  let result = address.withPointer { address, length in
    Result { () throws(ConnectError) in try connected(AF_UNIX, address, length, limit) }
  }
  return try result.get()
}

private func connectSocket(host: String, port: Int, _ limit: Duration) throws(ConnectError) -> CInt
{
  // The system would take 65,537 for 1.
  guard (1...65_535).contains(port) else { throw ConnectError("\(port) is not a port") }
  var hints = addrinfo()
  hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
  var list: UnsafeMutablePointer<addrinfo>?
  let code = getaddrinfo(host, "\(port)", &hints, &list)
  guard code == 0 else { throw ConnectError(String(cString: gai_strerror(code))) }
  defer { freeaddrinfo(list) }
  var failure = ConnectError("no address")
  var next = list
  while let info = next?.pointee {
    next = info.ai_next
    do throws(ConnectError) {
      let socket = try connected(info.ai_family, info.ai_addr, info.ai_addrlen, limit)
      detectDeadPeers(socket)
      return socket
    } catch { failure = error }
  }
  throw failure
}

private func connected(
  _ family: CInt, _ address: UnsafePointer<sockaddr>, _ length: socklen_t, _ limit: Duration
) throws(ConnectError) -> CInt {
  let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
  let socket = Glibc.socket(family, kind, 0)
  guard socket >= 0 else { throw ConnectError(errno: errno) }
  // The time limit of a send is that of a connect, too.
  func limitSends(_ seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }
  limitSends(max(1, Int(clamping: limit.components.seconds)))
  guard Glibc.connect(socket, address, length) == 0 else {
    let code = errno
    close(socket)
    throw code == EINPROGRESS || code == EAGAIN
      ? ConnectError("no answer") : ConnectError(errno: code)
  }
  limitSends(0)
  return socket
}

/// Has the kernel end the connection about 15 seconds after the peer has vanished.
private func detectDeadPeers(_ socket: CInt) {
  func set(_ level: CInt, _ option: CInt, _ value: CInt) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
  }
  set(SOL_SOCKET, SO_KEEPALIVE, 1)
  set(CInt(IPPROTO_TCP), TCP_KEEPIDLE, 5)
  set(CInt(IPPROTO_TCP), TCP_KEEPINTVL, 5)
  set(CInt(IPPROTO_TCP), TCP_KEEPCNT, 2)
  set(CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, 15_000)
  set(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
}
