import Glibc
import OctopusSystem

/// A session's bytes over a socket.
///
/// A thread reads and hands what arrives to the session. A task that sends writes to the socket
/// itself, since waking a thread for that would cost as much as the way to the server. What the
/// socket does not take at once is written by another thread, which ends when it has caught up.
final class SocketTransport: Transport {
  /// Nil once closed.
  private let socket: Mutex<Socket?>

  /// Connects, and reads on the same thread from then on.
  ///
  /// - Parameter limit: how long connecting may take, besides resolving a host's name.
  static func connect(
    to address: OctopusClient.Address, limit: Duration
  ) async throws(OctopusError) -> Result<ClientSession, ConnectError> {
    let promise = Promise<Result<ClientSession, ConnectError>>()
    do throws(SystemError) {
      try Thread("octopus reader") {
        do throws(ConnectError) {
          let socket = Socket(try connectSocket(to: address, limit: limit))
          let session = ClientSession(SocketTransport(socket))
          guard promise.resolve(.success(.success(session))) else {
            return session.close("the task that connected was cancelled")
          }
          read(socket, for: session)
        } catch {
          promise.resolve(.success(.failure(error)))
        }
      }.detach()
    } catch { return .failure(ConnectError(errno: error.code)) }
    return try await promise.value()
  }

  private init(_ socket: Socket) { self.socket = Mutex(socket) }

  func sendOutput(of session: ClientSession) {
    while let output = session.takeOutput() {
      guard let socket = socket.withLock({ $0 }) else { continue }
      let sent = socket.send(output[...], CInt(MSG_DONTWAIT))
      guard sent == output.count else {
        return Self.writeBlocking(output[sent...], to: socket, for: session)
      }
    }
  }

  func close() { socket.withLock { $0.take() }?.shutDown() }

  /// Writes what is left, and all that comes until this has caught up: so long the session asks for
  /// no other write.
  private static func writeBlocking(
    _ rest: ArraySlice<UInt8>, to socket: Socket, for session: ClientSession
  ) {
    do throws(SystemError) {
      try Thread("octopus writer") {
        _ = socket.send(rest, 0)
        while let output = session.takeOutput() { _ = socket.send(output[...], 0) }
      }.detach()
    } catch { session.end(.connectionLost("\(error)")) }
  }

  /// Reads until either side ends the connection.
  private static func read(_ socket: Socket, for session: ClientSession) {
    withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
      while let bytes = socket.receive(buffer) { session.receive(bytes) }
    }
    session.end(.connectionLost("the server closed it"))
  }
}

/// A connected socket, closed when the last reference to it goes: a thread that still reads or
/// writes never meets a descriptor that has become another's.
private final class Socket: Sendable {
  private let descriptor: CInt

  init(_ descriptor: CInt) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Ends the connection; a thread that reads or writes returns.
  func shutDown() { shutdown(descriptor, CInt(SHUT_RDWR)) }

  /// Sends, and returns how many bytes the socket took. That it is broken the reader notices.
  func send(_ bytes: ArraySlice<UInt8>, _ flags: CInt) -> Int {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.dropFirst(sent).withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, flags | CInt(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      sent += count
    }
    return sent
  }

  /// Waits for bytes; nil at the end of the connection.
  func receive(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer? {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      return count > 0 ? UnsafeRawBufferPointer(rebasing: buffer[..<count]) : nil
    }
  }
}
