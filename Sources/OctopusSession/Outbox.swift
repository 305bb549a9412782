import DequeModule
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// The output of a connection that the transport has not taken yet, in order.
///
/// The first chunk is rendered at once. Later output waits as references to immutable records and
/// is rendered chunk by chunk as the transport takes it, so a slow reader of a large reply costs
/// little.
package struct Outbox {
  /// Enough for one system call to be worthwhile, little enough to keep for each slow reader.
  package static let chunkBytes = 64 << 10

  /// The capacity that an idle connection keeps: enough for a few replies.
  private static let keptBytes = 16 << 10

  private enum Item {
    case reply(ReplyRenderer)
    case rendered([UInt8])
    case event(Event, Delivery.Sink, isLast: Bool)
    case message(Record, source: [UInt8])
    /// A push that is already rendered, such as a line for MONITOR.
    case push([UInt8])
    case version(RESPVersion)
  }

  /// Rendered output that the transport has not taken.
  private var encoder = RESPEncoder(version: .two)
  private var queue: Deque<Item> = []
  /// The version of RESP at the end of the queue, in which the next output is rendered.
  package private(set) var version = RESPVersion.two
  private var repliesWaiting = 0
  /// The reply at the head of the queue has been rendered in part.
  private var isInsideReply = false
  /// The size of the pushes (events, messages, deferred replies) in the queue, once rendered.
  private(set) var queuedPushBytes = 0

  private var isOpen: Bool { queue.isEmpty && encoder.bytes.count < Self.chunkBytes }

  package var isEmpty: Bool { queue.isEmpty && encoder.bytes.isEmpty }

  /// Whether the client reads its replies, so that the next request may be taken.
  var hasRoom: Bool { repliesWaiting == 0 && encoder.bytes.count < Self.chunkBytes }

  /// Bytes that wait, as far as their number is known before they are rendered.
  package var waitingBytes: Int { encoder.bytes.count + queuedPushBytes }
}

// Appending.
extension Outbox {
  mutating func setVersion(_ version: RESPVersion) {
    guard version != self.version else { return }
    self.version = version
    if queue.isEmpty { encoder.version = version } else { queue.append(.version(version)) }
  }

  mutating func append(_ reply: Reply) {
    guard isOpen else { return wait(for: ReplyRenderer(reply)) }
    guard !reply.isShort else { return encoder.append(reply) }
    var renderer = ReplyRenderer(reply)
    if renderer.render(into: &encoder, limit: Self.chunkBytes) { return }
    isInsideReply = true
    wait(for: renderer)
  }

  private mutating func wait(for renderer: ReplyRenderer) {
    queue.append(.reply(renderer))
    repliesWaiting += 1
  }

  /// A reply that does not come from the engine.
  package mutating func append(_ write: (inout RESPEncoder) -> Void) {
    guard !isOpen else { return write(&encoder) }
    var aside = RESPEncoder(version: version)
    write(&aside)
    queue.append(.rendered(aside.bytes))
    repliesWaiting += 1
  }

  /// An event; false if the session would have more unread pushes than it may.
  package mutating func append(_ event: Event, to sink: Delivery.Sink, isLast: Bool) -> Bool {
    guard !isOpen else {
      encoder.append(event, to: sink, isLast: isLast)
      return true
    }
    let size = RESPEncoder.byteCount(event, to: sink, isLast: isLast, version: version)
    return push(.event(event, sink, isLast: isLast), size)
  }

  /// A published record; false as above.
  package mutating func append(_ message: inout RenderedMessage, source: [UInt8]) -> Bool {
    guard !isOpen else {
      message.append(to: &encoder, source: source)
      return true
    }
    return push(
      .message(message.record, source: source),
      RESPEncoder.byteCount(message: message.record, source: source))
  }

  /// A push that is already rendered; false as above.
  package mutating func append(rendered line: [UInt8]) -> Bool {
    guard !isOpen else {
      encoder.bytes.append(contentsOf: line)
      return true
    }
    return push(.push(line), line.count)
  }

  /// The reply to a deferred request; false as above.
  package mutating func append(deferred tag: [UInt8], _ reply: Reply) -> Bool {
    guard !isOpen else {
      encoder.append(deferred: tag, reply)
      return true
    }
    var aside = RESPEncoder(version: version)
    aside.append(deferred: tag, reply)
    return push(.push(aside.bytes), aside.bytes.count)
  }

  private mutating func push(_ item: Item, _ size: Int) -> Bool {
    guard queuedPushBytes + size <= SessionLimits.queueBytes else { return false }
    queue.append(item)
    queuedPushBytes += size
    return true
  }

  /// Drops what waits and appends the reason, unless that would be in the middle of a reply.
  mutating func overflow(_ failure: Failure) {
    queue.removeAll()
    queuedPushBytes = 0
    repliesWaiting = 0
    if !isInsideReply { encoder.append(failure) }
  }
}

// Taking.
extension Outbox {
  /// Lends the next chunk to `body`, which takes all of it; false when there is no output.
  package mutating func takeChunk(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    while encoder.bytes.count < Self.chunkBytes, renderNext() {}
    guard !encoder.bytes.isEmpty else { return false }
    encoder.bytes.withUnsafeBytes(body)
    encoder.bytes.removeAll(keepingCapacity: encoder.bytes.capacity <= Self.keptBytes)
    return true
  }

  /// Renders some of the head of the queue; false when the queue is empty.
  private mutating func renderNext() -> Bool {
    guard let item = queue.popFirst() else { return false }
    switch item {
    case .reply(var renderer):
      isInsideReply = !renderer.render(
        into: &encoder, limit: Self.chunkBytes - encoder.bytes.count)
      if isInsideReply { queue.prepend(.reply(renderer)) } else { repliesWaiting -= 1 }
    case .rendered(let bytes):
      encoder.bytes.append(contentsOf: bytes)
      repliesWaiting -= 1
    case .event(let event, let sink, let isLast):
      let size = RESPEncoder.byteCount(event, to: sink, isLast: isLast, version: encoder.version)
      encoder.append(event, to: sink, isLast: isLast)
      queuedPushBytes -= size
    case .message(let record, let source):
      encoder.append(message: record, source: source)
      queuedPushBytes -= RESPEncoder.byteCount(message: record, source: source)
    case .push(let bytes):
      encoder.bytes.append(contentsOf: bytes)
      queuedPushBytes -= bytes.count
    case .version(let version):
      encoder.version = version
    }
    return true
  }
}
