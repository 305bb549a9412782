import Glibc
import NIOCore
import NIOPosix
import OctopusSystem

/// A session's bytes over a socket.
///
/// An event loop reads. Whoever has something to say writes it, without waking the loop first, which
/// would cost as much as the way to the server; only what the socket does not take at once goes
/// through the loop, and what follows goes the same way until that is done.
final class SocketLink: Link {
  private struct Writer {
    /// A descriptor of its own, so that none that the loop has closed can be written to; nil when closed.
    var descriptor: CInt?
    /// Writes that the loop has not finished.
    var inLoop = 0
  }

  private let channel: any Channel
  private let writer: Mutex<Writer>

  /// Makes a session over a socket that is connected. The socket is the link's from here on.
  static func adopt(_ socket: CInt) async throws -> Session {
    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .withConnectedSocket(socket) { channel in
        channel.eventLoop.makeCompletedFuture {
          let own = fcntl(socket, F_DUPFD_CLOEXEC, 0)
          guard own >= 0 else { throw DiallingError(errno: errno) }
          let session = Session(SocketLink(channel, descriptor: own))
          try channel.pipeline.syncOperations.addHandler(Reader(session))
          return session
        }
      }
  }

  private init(_ channel: any Channel, descriptor: CInt) {
    self.channel = channel
    writer = Mutex(Writer(descriptor: descriptor))
  }

  deinit { close() }

  func wake(_ session: Session) {
    while let output = session.takeOutput() { write(output) }
  }

  func close() {
    writer.withLock { writer in
      guard let descriptor = writer.descriptor.take() else { return }
      // Both descriptors are one connection: the other side is told at once.
      shutdown(descriptor, CInt(SHUT_RDWR))
      Glibc.close(descriptor)
    }
    channel.close(promise: nil)
  }

  private func write(_ output: [UInt8]) {
    let written = writer.withLock { writer in
      // Closed: nobody is left to whom it could matter.
      guard let descriptor = writer.descriptor else { return output.count }
      let written = writer.inLoop > 0 ? 0 : Self.send(output, descriptor)
      if written < output.count { writer.inLoop += 1 }
      return written
    }
    guard written < output.count else { return }
    // Not under the lock: on the loop itself this may be complete at once.
    channel.writeAndFlush(ByteBuffer(bytes: output[written...])).whenComplete { [self] _ in
      writer.withLock { $0.inLoop -= 1 }
    }
  }

  /// How many bytes the socket took. That it is broken is for the loop to notice.
  private static func send(_ bytes: [UInt8], _ descriptor: CInt) -> Int {
    let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
    let taken = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
    return max(0, taken)
  }

  /// Hands what arrives to the session, which never waits.
  private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let session: Session

    init(_ session: Session) { self.session = session }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      unwrapInboundIn(data).withUnsafeReadableBytes { session.receive($0) }
    }

    func channelInactive(context: ChannelHandlerContext) {
      session.end(.connectionLost("the server closed it"))
      context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      session.end(.connectionLost("\(error)"))
    }
  }
}
