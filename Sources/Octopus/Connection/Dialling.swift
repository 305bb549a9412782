import Glibc

/// Opens a connected stream socket that no child process inherits.
///
/// NIO's own sockets are inherited, and a child that holds one keeps the session alive after its
/// owner's death. Blocks for at most `limit` and the time that resolving a host's name takes.
package func dial(_ address: OctopusClient.Address, limit: Duration) throws(DiallingError) -> CInt {
  switch address {
  case .unix(let path): return try dial(path: path, limit)
  case .tcp(let host, let port): return try dial(host: host, port: port, limit)
  }
}

package struct DiallingError: Error {
  package let reason: String

  init(_ reason: String) { self.reason = reason }
  init(errno code: CInt) { reason = String(cString: strerror(code)) }
}

private func dial(path: String, _ limit: Duration) throws(DiallingError) -> CInt {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  // One byte is left for the zero at the end.
  guard !bytes.isEmpty, !bytes.contains(0),
    bytes.count < MemoryLayout.size(ofValue: address.sun_path)
  else { throw DiallingError("not a path that a socket can have") }
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  return try withUnsafeBytes(of: &address) { (raw) throws(DiallingError) in
    try connected(AF_UNIX, raw, limit)
  }
}

private func dial(host: String, port: Int, _ limit: Duration) throws(DiallingError) -> CInt {
  // The system would take 65,537 for 1.
  guard (1...65_535).contains(port) else { throw DiallingError("\(port) is not a port") }
  var hints = addrinfo()
  hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
  var list: UnsafeMutablePointer<addrinfo>?
  let code = getaddrinfo(host, "\(port)", &hints, &list)
  guard code == 0 else { throw DiallingError(String(cString: gai_strerror(code))) }
  defer { freeaddrinfo(list) }
  var failure = DiallingError("no address")
  var next = list
  while let info = next?.pointee {
    next = info.ai_next
    do throws(DiallingError) {
      let raw = UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
      let socket = try connected(info.ai_family, raw, limit)
      noticeDeath(socket)
      return socket
    } catch { failure = error }
  }
  throw failure
}

private func connected(
  _ family: CInt, _ address: UnsafeRawBufferPointer, _ limit: Duration
) throws(DiallingError) -> CInt {
  let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
  let socket = Glibc.socket(family, kind, 0)
  guard socket >= 0 else { throw DiallingError(errno: errno) }
  // A connect waits as long as a send may.
  var time = timeval(tv_sec: max(1, Int(limit.components.seconds)), tv_usec: 0)
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  let result = Glibc.connect(
    socket, address.assumingMemoryBound(to: sockaddr.self).baseAddress!,
    socklen_t(address.count))
  guard result == 0 else {
    let code = errno
    close(socket)
    throw code == EINPROGRESS || code == EAGAIN
      ? DiallingError("no answer") : DiallingError(errno: code)
  }
  return socket
}

/// Lets a peer that has gone without a word be noticed within about 15 seconds.
private func noticeDeath(_ socket: CInt) {
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
