import NIOCore
import NIOPosix

/// A session's bytes over a socket, on an event loop.
struct SocketLink: Link {
  private let channel: any Channel

  /// Makes a session over a socket that is connected. The socket is the link's from here on.
  static func adopt(_ socket: CInt) async throws -> Session {
    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .withConnectedSocket(socket) { channel in
        channel.eventLoop.makeCompletedFuture {
          let session = Session(SocketLink(channel: channel))
          try channel.pipeline.syncOperations.addHandler(Reader(session))
          return session
        }
      }
  }

  func wake(_ session: Session) {
    let channel = channel
    channel.eventLoop.execute {
      while let output = session.takeOutput() {
        channel.writeAndFlush(ByteBuffer(bytes: output), promise: nil)
      }
    }
  }

  func close() { channel.close(promise: nil) }

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
