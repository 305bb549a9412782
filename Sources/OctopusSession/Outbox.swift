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
  private static let keptBytes = 8 << 10

  enum Item {
    /// `size` is what the reply itself occupies.
    case reply(ReplyRenderer, size: Int)
    case rendered([UInt8])
    case event(Event, Delivery.Sink, isLast: Bool)
    case message(Record, source: [UInt8])
    /// A push that is already rendered, such as a line for MONITOR.
    case push([UInt8])
    case version(RESPVersion)
  }

  /// Rendered output that the transport has not taken.
  private var encoder = RESPEncoder(version: .two)
  private var queue = OutputQueue()
  /// The version of RESP at the end of the queue, in which the next output is rendered.
  package private(set) var version = RESPVersion.two
  private var repliesWaiting = 0
  /// The reply at the head of the queue has been rendered in part.
  private var isInsideReply = false
  /// The size of the pushes (events, messages, deferred replies) in the queue, once rendered.
  private(set) var queuedPushBytes = 0
  /// What the replies in the queue occupy, without the records that they refer to.
  private var queuedReplyBytes = 0
  private var pinned = PinnedRecords()

  private var isOpen: Bool { queue.isEmpty && encoder.bytes.count < Self.chunkBytes }

  package var isEmpty: Bool { queue.isEmpty && encoder.bytes.isEmpty }

  /// Whether the client reads its replies, so that the next request may be taken.
  var hasRoom: Bool { repliesWaiting == 0 && encoder.bytes.count < Self.chunkBytes }

  /// Bytes that wait, as far as their number is known before they are rendered.
  package var waitingBytes: Int { encoder.bytes.count + queuedPushBytes }

  /// Bytes that are rendered.
  package var renderedBytes: Int { encoder.bytes.count }

  /// Replies and pushes that are not rendered.
  package var queuedCount: Int { queue.count }

  /// What the output occupies, without the records that queued replies keep alive.
  package var footprint: Int {
    let isKept = encoder.bytes.capacity <= Self.keptBytes
    return (isKept ? encoder.bytes.count : encoder.bytes.capacity) + queueFootprint
  }

  var queueFootprint: Int { queue.count * Self.itemBytes + queuedPushBytes + queuedReplyBytes }

  static var itemBytes: Int { MemoryLayout<Item>.stride }

  /// Bytes of records that only the replies in the queue keep alive.
  ///
  /// - Parameter discarded: what the engine has discarded up to now.
  package func pinnedBytes(discarded: Int) -> Int { pinned.bytes(discarded: discarded) }

  /// Whether replies in the queue keep records alive.
  package var pinsRecords: Bool { pinned.isAny }
}

/// The records of queued replies. The store holds them too, until it replaces or deletes them, so
/// they take memory of their own only as far as the store has discarded records since.
private struct PinnedRecords {
  private var size = 0
  private var discardedBefore = 0

  var isAny: Bool { size > 0 }

  mutating func add(_ size: Int, discardedBefore: Int) {
    self.discardedBefore =
      self.size == 0 ? discardedBefore : min(self.discardedBefore, discardedBefore)
    self.size += size
  }

  func bytes(discarded: Int) -> Int { min(size, max(0, discarded - discardedBefore)) }
}

// Appending.
extension Outbox {
  mutating func setVersion(_ version: RESPVersion) {
    guard version != self.version else { return }
    self.version = version
    if queue.isEmpty { encoder.version = version } else { queue.append(.version(version)) }
  }

  /// A reply of the engine.
  ///
  /// - Parameter discarded: what the engine had discarded at some time before it made the reply.
  mutating func append(_ reply: Reply, discardedBefore discarded: Int = 0) {
    guard isOpen else { return wait(for: reply, ReplyRenderer(reply), discarded) }
    guard !reply.isShort else { return encoder.append(reply) }
    var renderer = ReplyRenderer(reply)
    if renderer.render(into: &encoder, limit: Self.chunkBytes) { return }
    isInsideReply = true
    wait(for: reply, renderer, discarded)
  }

  private mutating func wait(for reply: Reply, _ renderer: ReplyRenderer, _ discarded: Int) {
    let footprint = reply.footprint
    queue.append(.reply(renderer, size: footprint.own))
    repliesWaiting += 1
    queuedReplyBytes += footprint.own
    pinned.add(footprint.records, discardedBefore: discarded)
  }

  /// A reply that does not come from the engine.
  package mutating func append(_ write: (inout RESPEncoder) -> Void) {
    guard !isOpen else { return write(&encoder) }
    var aside = RESPEncoder(version: version)
    write(&aside)
    queue.append(.rendered(aside.bytes))
    repliesWaiting += 1
    queuedReplyBytes += aside.bytes.count
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
  mutating func overflow(_ failure: Failure, into discarded: inout DiscardedOutput) {
    removeQueue(into: &discarded)
    if !isInsideReply { encoder.append(failure) }
  }

  /// Drops all output.
  mutating func removeAll(into discarded: inout DiscardedOutput) {
    removeQueue(into: &discarded)
    encoder.bytes = []
    isInsideReply = false
  }

  private mutating func removeQueue(into discarded: inout DiscardedOutput) {
    encoder.version = version
    discarded.take(&queue)
    queuedPushBytes = 0
    endOfReplies()
  }
}

// Taking.
extension Outbox {
  /// Lends the next chunk to `body`, which takes all of it; false when there is no output.
  package mutating func takeChunk(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    while encoder.bytes.count < Self.chunkBytes, !queue.isEmpty { renderNext() }
    guard !encoder.bytes.isEmpty else { return false }
    encoder.bytes.withUnsafeBytes(body)
    encoder.bytes.removeAll(keepingCapacity: encoder.bytes.capacity <= Self.keptBytes)
    return true
  }

  /// Renders some of the head of the queue, which is not empty.
  // Not inlined: most often there is no queue.
  @inline(never)
  private mutating func renderNext() {
    switch queue.popFirst() {
    case nil: break
    case .reply(var renderer, let size):
      isInsideReply = !renderer.render(
        into: &encoder, limit: Self.chunkBytes - encoder.bytes.count)
      if isInsideReply { queue.prepend(.reply(renderer, size: size)) } else { endOfReply(size) }
    case .rendered(let bytes):
      encoder.bytes.append(contentsOf: bytes)
      endOfReply(bytes.count)
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
  }

  private mutating func endOfReply(_ size: Int) {
    repliesWaiting -= 1
    queuedReplyBytes -= size
    if repliesWaiting == 0 { pinned = PinnedRecords() }
  }

  private mutating func endOfReplies() {
    repliesWaiting = 0
    queuedReplyBytes = 0
    pinned = PinnedRecords()
  }
}
