import DequeModule
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import RESP

/// What a connection still has to say, in order.
///
/// What fits into a chunk is rendered at once; all else waits as references to what is immutable,
/// and is rendered piece by piece as the socket drains.
package struct Outbox {
  /// Enough for a system call to be worth its price, little enough to keep for every slow reader.
  static let chunkBytes = 64 << 10

  /// What an idle connection keeps: enough for the answers to a few requests at a time.
  private static let keptBytes = 16 << 10

  private enum Item {
    case reply(ReplyRenderer)
    case answer([UInt8])
    case event(Event, Delivery.Sink, isLast: Bool)
    case message(Record, source: [UInt8])
    /// A line that a monitoring client sees, or another push, already rendered.
    case push([UInt8])
    case version(RESPVersion)
  }

  /// What is rendered and not yet taken.
  private var encoder = RESPEncoder(version: .two)
  private var queue: Deque<Item> = []
  /// The version at the end of the queue: that of the next thing said.
  private(set) var version = RESPVersion.two
  private var repliesWaiting = 0
  /// The reply at the head of the queue has been rendered in part.
  private var isInsideReply = false
  /// What the events, messages and other pushes in the queue will come to.
  private(set) var queuedPushBytes = 0

  private var isOpen: Bool { queue.isEmpty && encoder.bytes.count < Self.chunkBytes }

  var isEmpty: Bool { queue.isEmpty && encoder.bytes.isEmpty }

  /// Whether the reader keeps up, so that it may ask for more.
  var hasRoom: Bool { repliesWaiting == 0 && encoder.bytes.count < Self.chunkBytes }

  /// Bytes that wait, as far as that is known before they are rendered.
  var waitingBytes: Int { encoder.bytes.count + queuedPushBytes }
}

// Saying.
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

  /// An answer that the connection words itself.
  mutating func answer(_ write: (inout RESPEncoder) -> Void) {
    guard !isOpen else { return write(&encoder) }
    var aside = RESPEncoder(version: version)
    write(&aside)
    queue.append(.answer(aside.bytes))
    repliesWaiting += 1
  }

  /// An event; false if that is more than a session may leave unread.
  package mutating func append(_ event: Event, to sink: Delivery.Sink, isLast: Bool) -> Bool {
    guard !isOpen else {
      encoder.append(event, to: sink, isLast: isLast)
      return true
    }
    let size = RESPEncoder.byteCount(event, to: sink, isLast: isLast, version: version)
    return push(.event(event, sink, isLast: isLast), size)
  }

  /// A published record; false as above.
  package mutating func append(_ message: inout Message, source: [UInt8]) -> Bool {
    guard !isOpen else {
      message.append(to: &encoder, source: source)
      return true
    }
    return push(
      .message(message.record, source: source),
      RESPEncoder.byteCount(message: message.record, source: source))
  }

  /// A line that a monitoring client sees, already rendered; false as above.
  mutating func append(line: [UInt8]) -> Bool {
    guard !isOpen else {
      encoder.bytes.append(contentsOf: line)
      return true
    }
    return push(.push(line), line.count)
  }

  /// The answer to a deferred request; false as above.
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
    guard queuedPushBytes + size <= Limits.sessionQueueBytes else { return false }
    queue.append(item)
    queuedPushBytes += size
    return true
  }

  /// Forgets what waits, and says why, unless that would stand in the middle of a reply.
  mutating func overflow(_ failure: Failure) {
    queue.removeAll()
    queuedPushBytes = 0
    repliesWaiting = 0
    if !isInsideReply { encoder.append(failure) }
  }
}

// Taking.
extension Outbox {
  /// Lends the next chunk, rendering what is needed for one; nil when there is nothing left to say.
  package mutating func takeChunk(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    while encoder.bytes.count < Self.chunkBytes, renderNext() {}
    guard !encoder.bytes.isEmpty else { return false }
    encoder.bytes.withUnsafeBytes(body)
    encoder.bytes.removeAll(keepingCapacity: encoder.bytes.capacity <= Self.keptBytes)
    return true
  }

  /// Renders some of the head of the queue; false when there is none.
  private mutating func renderNext() -> Bool {
    guard let item = queue.popFirst() else { return false }
    switch item {
    case .reply(var renderer):
      isInsideReply = !renderer.render(
        into: &encoder, limit: Self.chunkBytes - encoder.bytes.count)
      if isInsideReply { queue.prepend(.reply(renderer)) } else { repliesWaiting -= 1 }
    case .answer(let bytes):
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
