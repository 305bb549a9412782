import DequeModule
import RESP

/// Pairs replies with requests, which wait in order, each for one reply; pushes come in between. A
/// synchronous state machine: it returns what to do, and the session does it.
///
/// The server acknowledges (un)subscribing with pushes, one for each query. They come instead of
/// the reply, so the oldest request takes them; an error comes instead of them.
struct RequestPipeline {
  /// Called with the reply, in the order of replies and before whatever comes after it.
  typealias Completion = @Sendable (Result<RESPValue, OctopusError>) -> Void

  enum Expectation: Equatable {
    case reply
    /// This many pushes that acknowledge; completed with an array of them.
    case acknowledgements(Int)
  }

  enum Action {
    case complete(Completion, RESPValue)
    case event(TriggerEvent)
    /// A published record's text, for the subscriptions of this query's text.
    case message(source: [UInt8], record: [UInt8])
    /// What a deferred command with this tag is answered.
    case deferred(tag: [UInt8], RESPValue)
    case end(OctopusError)
    case nothing
  }

  private struct Pending {
    let expectation: Expectation
    let completion: Completion
  }

  private var pending = Deque<Pending>()
  private var acknowledgements: [RESPValue] = []

  mutating func sent(_ expectation: Expectation, then completion: @escaping Completion) {
    pending.append(Pending(expectation: expectation, completion: completion))
  }

  mutating func received(_ value: RESPValue) -> Action {
    if case .push(let elements) = value { return push(elements, value) }
    // The last words of a server that ends the session; no reply to a command has this code.
    if let failure = value.failure, failure.code == ErrorCode.overflow.rawValue || pending.isEmpty {
      return .end(.connectionLost("\(failure.code) \(failure.message)"))
    }
    guard let next = pending.first else {
      return .end(.protocolViolation("a reply that nobody asked for"))
    }
    if case .acknowledgements = next.expectation, value.failure == nil, !isQueued(value) {
      return .end(.protocolViolation("a reply where an acknowledgement was due"))
    }
    pending.removeFirst()
    acknowledgements = []
    return .complete(next.completion, value)
  }

  /// Everything that still waits, oldest first.
  mutating func ended() -> [Completion] {
    defer { pending.removeAll() }
    return pending.map(\.completion)
  }

  private func isQueued(_ value: RESPValue) -> Bool { value == .simpleString("QUEUED") }

  private mutating func push(_ elements: [RESPValue], _ value: RESPValue) -> Action {
    switch elements.first?.text {
    case "trigger":
      guard let event = TriggerEvent(elements) else {
        return .end(.protocolViolation("a malformed event"))
      }
      return .event(event)
    case "message":
      guard elements.count == 3, let source = elements[1].bytes, let record = elements[2].bytes
      else { return .end(.protocolViolation("a malformed message")) }
      return .message(source: source, record: record)
    case "deferred":
      guard elements.count == 3, let tag = elements[1].bytes else {
        return .end(.protocolViolation("a malformed answer to a deferred command"))
      }
      return .deferred(tag: tag, elements[2])
    case "subscribe", "unsubscribe", "psubscribe", "punsubscribe":
      return acknowledge(value)
    // Of a later server.
    default: return .nothing
    }
  }

  private mutating func acknowledge(_ value: RESPValue) -> Action {
    guard case .acknowledgements(let count)? = pending.first?.expectation else {
      return .end(.protocolViolation("an acknowledgement that nobody asked for"))
    }
    acknowledgements.append(value)
    guard acknowledgements.count >= count else { return .nothing }
    let all = acknowledgements
    acknowledgements = []
    return .complete(pending.removeFirst().completion, .array(all))
  }
}

/// A trigger's event as it came: `trigger, id, kind, revision, record or null, previous`.
struct TriggerEvent: Sendable, Hashable {
  enum Kind: Sendable { case set, deleted, out }

  var trigger: Int64
  /// Nil when the trigger goes and nothing else happened.
  var kind: Kind?
  /// Whether the trigger has gone with this event.
  var isLast: Bool
  var revision: Int64
  var record: [UInt8]?
  var previous: Int64

  init?(_ elements: [RESPValue]) {
    guard elements.count == 6, let trigger = elements[1].integer, let words = elements[2].text,
      let revision = elements[3].integer, let previous = elements[5].integer
    else { return nil }
    (self.trigger, self.revision, self.previous) = (trigger, revision, previous)
    record = elements[4].bytes
    isLast = words.hasSuffix("removed")
    switch words.split(separator: " ").first {
    case "set": kind = .set
    case "del": kind = .deleted
    case "out": kind = .out
    case "removed": kind = nil
    default: return nil
    }
    if kind != nil, record == nil { return nil }
  }
}
