import CPlatform
import Glibc
import OctopusSystem

/// A client's connected socket. One thread may send while another receives; both block.
package final class ClientSocket: Sendable {
  package enum Failure: Error { case closed, silent }

  private let descriptor: Descriptor

  /// Connects to a server in the file system.
  ///
  /// - Parameter timeLimit: the seconds of silence after which a call throws `silent`; only a
  ///   defect takes so long. Nil: never.
  package init(unix path: String, timeLimit: Int? = TestLimit.seconds) throws {
    descriptor = Descriptor(owning: platform_stream_socket(AF_UNIX))
    guard let address = UnixAddress(path) else {
      throw SystemError("connect to \(path)", code: ENAMETOOLONG)
    }
    let result = address.withPointer { connect(descriptor.number, $0, $1) }
    guard result == 0 else { throw SystemError("connect to \(path)") }
    limitWaiting(timeLimit)
  }

  /// Connects to a port of this machine.
  package init(tcpPort port: Int, timeLimit: Int? = TestLimit.seconds) throws {
    let address = try InternetAddress(host: "127.0.0.1", port: port)
    descriptor = Descriptor(owning: platform_stream_socket(address.family))
    let result = address.withPointer { connect(descriptor.number, $0, $1) }
    guard result == 0 else { throw SystemError("connect to port \(port)") }
    limitWaiting(timeLimit)
  }

  private func limitWaiting(_ seconds: Int?) {
    guard let seconds else { return }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor.number, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  /// Sends all bytes.
  package func send(_ bytes: [UInt8]) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .closed }
      sent += count
    }
  }

  /// The next bytes; nil once the server has closed.
  package func receive() throws(Failure) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor.number, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { throw .silent }
      return count > 0 ? Array(buffer[..<count]) : nil
    }
  }

  /// Whether ``receive()`` would return at once.
  package var isReadable: Bool {
    var source = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    return poll(&source, 1, 0) == 1
  }

  /// Whether the server has not read all that was sent. For Unix sockets.
  package var isUnread: Bool {
    var count: CInt = 0
    return ioctl(descriptor.number, UInt(TIOCOUTQ), &count) == 0 && count > 0
  }

  /// Sends the end of input; receiving goes on.
  package func stopSending() { shutdown(descriptor.number, CInt(SHUT_WR)) }
}
