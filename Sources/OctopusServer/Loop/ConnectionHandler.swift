import Glibc
import NIOCore
import OctopusEngine
import OctopusProtocol
import OctopusStore

/// The socket of a connection: feeds the state machine, and writes what it says as the socket drains.
///
/// It asks for each read itself: before the loop looks for the next request, not when it has found it.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Requests behind one that waits are read this far; then the socket holds them back.
  static let backlogBytes = 64 << 10
  /// How long a connection that was told to go may take to read why.
  static let lingering = TimeAmount.seconds(5)

  var connection: Connection
  let loop: Loop
  let connectedAt: Int64
  var lastActiveAt: Int64

  /// The connection that carries this session's events, and the other way round. Let go of when the session ends.
  var eventHandler: ConnectionHandler?
  var carriedHandler: ConnectionHandler?
  var isMonitor = false
  /// Ends the connection, unless the password comes first.
  var dismissal: Scheduled<Void>?

  // Marks of the loop: whether the connection is on one of its lists, or at work.
  var isDirty = false
  var isAwaitingTurn = false
  var isRunning = false

  private(set) var context: ChannelHandlerContext?
  private var input = ByteBuffer()
  /// Whether the socket will say what it has.
  private var isReading = false
  private var isFlushing = false
  /// What the channel has yet to write.
  private var chunksUnderWay = 0
  /// Whether the descriptor is the connection's: no longer when the channel closes.
  private var isOpen = true
  private var isFinishing = false
  /// Set when the connection moves to another loop once all is written.
  private var departure: ((ChannelHandlerContext) -> Void)?

  init(_ connection: Connection, on loop: Loop, input: ByteBuffer = ByteBuffer()) {
    self.connection = connection
    self.loop = loop
    self.input = input
    connectedAt = Clock.monotonicMicroseconds()
    lastActiveAt = connectedAt
  }

  var inputBytes: Int { input.readableBytes }

  /// The next thing to do, or nil if more input is needed.
  func nextAction() -> Connection.Action? {
    guard input.readableBytes > 0 else { return nil }
    var action: Connection.Action?
    input.readWithUnsafeReadableBytes { bytes in
      var rest = bytes
      action = connection.next(&rest)
      return bytes.count - rest.count
    }
    return action
  }

  /// Requests that have arrived already will be carried out at one go: the memory that the next of them
  /// need is fetched for all at once. Answers for how many.
  func prefetch() -> Int {
    input.withUnsafeReadableBytes { bytes in
      var names: [NameHash] = []
      let count = Call.peek(bytes, most: Self.prefetched, &names)
      // Where there is nothing to fetch it is not looked at each.
      guard !names.isEmpty else { return Self.prefetched }
      loop.switchboard.prefetch(names)
      return count
    }
  }
  /// More would come into the cache only to leave it again.
  private static let prefetched = 16

  /// Lets go of input that was taken, so that the socket can read into the same memory again.
  func trimInput() {
    if input.readableBytes == 0 {
      input = ByteBuffer()
    } else {
      input.discardReadBytes()
    }
  }
}

// What the socket says.
extension ConnectionHandler {
  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    isOpen = false
  }

  func channelActive(context: ChannelHandlerContext) {
    loop.enter(self)
    resumeReading()
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = false
    var bytes = unwrapInboundIn(data)
    connection.tally.inputBytes += Int64(bytes.readableBytes)
    if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
    loop.received(self)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    loop.settleSoon()
    // A socket that is not to be read now would be taken out of the loop's epoll.
    resumeReading()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { loop.drained(self) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { loop.inputEnded(self) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    isOpen = false
    loop.leave(self)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { closeAtOnce() }
}

// What the socket is told.
extension ConnectionHandler {
  /// Reads on, if there is not too much to do already.
  func resumeReading() {
    guard !isReading, !connection.isClosing, departure == nil,
      connection.isReady || input.readableBytes < Self.backlogBytes
    else { return }
    isReading = true
    context?.read()
  }

  /// Writes as much as the socket takes.
  func flush() {
    guard !isFlushing, !isFinishing, let context else { return }
    isFlushing = true
    while isOpen, chunksUnderWay == 0 || context.channel.isWritable, writeChunk(context) {}
    isFlushing = false
    if connection.outbox.isEmpty { finish(context) }
  }

  /// Most of what is said fits into the socket, and then a system call is all that it costs. What does
  /// not, and every error, is left to the channel, which also knows when the socket takes more.
  private func writeChunk(_ context: ChannelHandlerContext) -> Bool {
    let descriptor = chunksUnderWay == 0 ? connection.peer.descriptor : nil
    var count = 0
    loop.scratch.clear()
    let isChunk = connection.outbox.takeChunk { bytes in
      count = bytes.count
      let sent = descriptor.map { Self.send(bytes, to: $0) } ?? 0
      if sent < count {
        loop.scratch.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
      }
    }
    guard isChunk else { return false }
    connection.tally.outputBytes += Int64(count)
    if loop.scratch.readableBytes > 0 { writeScratch(context) }
    return true
  }

  private func writeScratch(_ context: ChannelHandlerContext) {
    chunksUnderWay += 1
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { [self] result in
      if case .failure = result { isOpen = false }
      chunksUnderWay -= 1
    }
    context.writeAndFlush(wrapOutboundOut(loop.scratch), promise: written)
  }

  /// Answers how many bytes the socket took.
  private static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    return max(0, Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags))
  }

  /// When all is said: goes, if it was told to.
  private func finish(_ context: ChannelHandlerContext) {
    guard connection.isClosing || departure != nil else { return }
    isFinishing = true
    let written = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    written.futureResult.assumeIsolated().whenComplete { [self] result in
      if case .success = result, let departure, context.channel.isActive {
        departure(context)
      } else {
        closeAtOnce()
      }
    }
  }

  /// Gives a reader that may never come only so much time.
  func closeBeforeLong() {
    loop.eventLoop.assumeIsolated().scheduleTask(in: Self.lingering) { [weak self] in
      self?.closeAtOnce()
    }
  }

  func closeAtOnce() {
    isOpen = false
    context?.close(promise: nil)
  }

  /// Calls back when all is written; nothing is read any more.
  func depart(_ departure: @escaping (ChannelHandlerContext) -> Void) {
    self.departure = departure
    flush()
  }

  /// What was read and not yet looked at.
  func takeInput() -> ByteBuffer {
    defer { input = ByteBuffer() }
    return input
  }
}
