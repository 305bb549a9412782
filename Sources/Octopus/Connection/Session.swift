import OctopusRecords
import OctopusSystem
import RESP

/// One connection's shared state: what is to be sent, who waits for a reply, who hears of events.
///
/// Any task may send; the bytes of many commands leave together. Replies and pushes are worked off
/// where they are read, one after the other, and nothing there ever waits: completions settle
/// promises, and events go to bounded buffers.
package final class Session: Sendable {
  typealias Completion = Conversation.Completion

  private struct State {
    var conversation = Conversation()
    var watchers = Watchers()
    /// Who waits for the answers to deferred commands, by their tags.
    var deferred: [[UInt8]: DeferredReply] = [:]
    /// The last number given to anything that needs one of its own.
    var lastNumber = 0
    var output = RESPEncoder(version: .three)
    /// Whether the link knows that there is output.
    var isAwake = false
    var ending: OctopusError?

    mutating func enqueue(
      _ arguments: [[UInt8]], expecting expectation: Conversation.Expectation,
      then completion: @escaping Completion
    ) {
      output.command(arguments)
      conversation.sent(expectation, then: completion)
    }
  }

  private let link: any Link
  private let state = Mutex(State())
  private let decoder: Mutex<ReplyDecoder>

  package init(_ link: any Link) {
    self.link = link
    decoder = Mutex(ReplyDecoder(limits: .client))
  }

  /// Why the session has ended; nil while it lives.
  var ending: OctopusError? { state.withLock { $0.ending } }
}

// What tasks do.
extension Session {
  /// Sends a command. The completion is called once: with the reply, where it is read, before
  /// anything that comes after it; or with the session's end.
  func send(
    _ arguments: [[UInt8]], expecting expectation: Conversation.Expectation = .reply,
    then completion: @escaping Completion
  ) {
    if let refusal = Self.refusal(of: arguments) { return completion(.failure(refusal)) }
    let ending = submit { $0.enqueue(arguments, expecting: expectation, then: completion) }
    if let ending { completion(.failure(ending)) }
  }

  /// Sends several commands with no other between them; none, if one is too large to be sent.
  func send(together commands: [(arguments: [[UInt8]], completion: Completion)]) {
    if let refusal = commands.lazy.compactMap({ Self.refusal(of: $0.arguments) }).first {
      for command in commands { command.completion(.failure(refusal)) }
      return
    }
    let ending = submit { state in
      for command in commands {
        state.enqueue(command.arguments, expecting: .reply, then: command.completion)
      }
    }
    guard let ending else { return }
    for command in commands { command.completion(.failure(ending)) }
  }

  /// Ends the session from this side.
  package func close(_ reason: String) { end(.connectionLost(reason)) }

  /// What the other side would end the connection for, with all that others do on it, is refused here.
  private static func refusal(of arguments: [[UInt8]]) -> OctopusError? {
    if arguments.count > Limits.arguments {
      return .refused(.limit, "a command of more than \(Limits.arguments) arguments")
    }
    let bytes = arguments.reduce(0) { $0 + $1.count }
    if bytes > Limits.requestBytes || arguments.contains(where: { $0.count > Limits.argumentBytes })
    {
      return .refused(.tooBig, "a command that is longer than the limits allow")
    }
    return nil
  }

  /// Adds to the output; or gives the reason why the session has ended.
  @discardableResult
  private func submit(_ enqueue: (inout State) -> Void) -> OctopusError? {
    var wakes = false
    let ending = state.withLock { state -> OctopusError? in
      if let ending = state.ending { return ending }
      enqueue(&state)
      wakes = !state.isAwake && !state.output.bytes.isEmpty
      if wakes { state.isAwake = true }
      return nil
    }
    if wakes { link.wake(self) }
    return ending
  }
}

// What the link does.
extension Session {
  /// Everything to be sent by now; nil if nothing is. After nil the link is woken again.
  package func takeOutput() -> [UInt8]? {
    state.withLock { state in
      guard !state.output.bytes.isEmpty else {
        state.isAwake = false
        return nil
      }
      defer { state.output.bytes = [] }
      return state.output.bytes
    }
  }

  /// Works off what has arrived. From one place at a time.
  package func receive(_ bytes: UnsafeRawBufferPointer) {
    var input = bytes
    do throws(ProtocolError) {
      while let value = try decode(&input) { receive(value) }
    } catch {
      end(.protocolViolation(error.message))
    }
  }

  /// Ends the session: all that waits gets the error, now and hereafter. The first reason stays.
  package func end(_ error: OctopusError) {
    let abandoned = state.withLock { state -> State? in
      guard state.ending == nil else { return nil }
      let before = state
      state = State()
      state.ending = error
      return before
    }
    guard var abandoned else { return }
    link.close()
    for completion in abandoned.conversation.ended() { completion(.failure(error)) }
    abandoned.watchers.end(error)
    for reply in abandoned.deferred.values { reply.settle(.failure(error)) }
  }

  private func decode(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> RESPValue? {
    var rest = input
    defer { input = rest }
    return try decoder.withLock { (decoder) throws(ProtocolError) in try decoder.next(&rest) }
  }

  private func receive(_ value: RESPValue) {
    let action = state.withLock { state -> Conversation.Action in
      state.ending == nil ? state.conversation.received(value) : .nothing
    }
    switch action {
    case .complete(let completion, let reply): completion(.success(reply))
    case .event(let event): receive(event)
    case .message(let source, let record): receive(record, for: source)
    case .deferred(let tag, let reply):
      state.withLock { $0.deferred.removeValue(forKey: tag) }?.settle(.success(reply))
    case .end(let error): end(error)
    case .nothing: break
    }
  }

  private func receive(_ event: TriggerEvent) {
    guard let sink = state.withLock({ $0.watchers.sink(for: event) }) else { return }
    if !sink.receive(event) { leave(trigger: event.trigger) }
  }

  private func receive(_ record: [UInt8], for source: [UInt8]) {
    let inboxes = state.withLock { $0.watchers.topics[source]?.inboxes ?? [] }
    for inbox in inboxes where !inbox.offer(record) { leave(topic: source, inbox) }
  }
}

// Who hears of what.
extension Session {
  /// Hands a trigger's events to a sink. To be called in the completion of the command that
  /// installed it, so that no event is missed.
  func join(trigger: Int64, _ sink: any EventSink) {
    let ending = state.withLock { state -> OctopusError? in
      if state.ending == nil { state.watchers.triggers[trigger] = sink }
      return state.ending
    }
    if let ending { sink.end(ending) }
  }

  /// Forgets a trigger and removes it on the other side; of one that has gone, nothing.
  func leave(trigger: Int64) {
    submit { state in
      guard state.watchers.leave(trigger) else { return }
      state.enqueue(words("UNTRIGGER", "\(trigger)"), expecting: .reply) { _ in }
    }
  }

  /// Subscribes; from its acknowledgement on messages go to the inbox. Every subscriber sends its
  /// own SUBSCRIBE: the other side counts a query once, and what is asked in order is done in order.
  func join(topic: [UInt8], _ inbox: Inbox<[UInt8]>, then completion: @escaping Completion) {
    if let refusal = Self.refusal(of: [topic]) { return completion(.failure(refusal)) }
    let ending = submit { state in
      state.watchers.topics[topic, default: Watchers.Topic()].interested += 1
      state.enqueue(words("SUBSCRIBE") + [topic], expecting: .acknowledgements(1)) { reply in
        self.acknowledged(topic, inbox, reply)
        completion(reply)
      }
    }
    if let ending { completion(.failure(ending)) }
  }

  private func acknowledged(
    _ topic: [UInt8], _ inbox: Inbox<[UInt8]>, _ reply: Result<RESPValue, OctopusError>
  ) {
    let ending = state.withLock { state -> OctopusError? in
      if case .success(let value) = reply, value.error == nil {
        state.watchers.topics[topic]?.inboxes.append(inbox)
      } else {
        _ = state.watchers.leave(topic, inbox)
      }
      return state.ending
    }
    if let ending { inbox.finish(ending) }
  }

  /// Takes an inbox off a topic, and unsubscribes when it was the last.
  func leave(topic: [UInt8], _ inbox: Inbox<[UInt8]>) {
    submit { state in
      guard state.watchers.leave(topic, inbox) else { return }
      state.enqueue(words("UNSUBSCRIBE") + [topic], expecting: .acknowledgements(1)) { _ in }
    }
  }
}

// Who waits for what may come much later.
extension Session {
  /// A number that this session gives once.
  func nextNumber() -> Int {
    state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  /// Sends a command that the other side answers when it can; nothing waits behind it.
  func send(_ arguments: [[UInt8]], deferredAs tag: [UInt8], _ reply: DeferredReply) {
    let ending = state.withLock { state -> OctopusError? in
      if state.ending == nil { state.deferred[tag] = reply }
      return state.ending
    }
    if let ending { return reply.settle(.failure(ending)) }
    send(arguments + words("DEFER") + [tag]) { outcome in
      do throws(OctopusError) { _ = try outcome.get().checked() } catch {
        self.forget(tag)
        reply.settle(.failure(error))
      }
    }
  }

  /// Ends a deferred command that still waits. If it has been answered, that stands before the reply
  /// to this.
  func cancel(deferred tag: [UInt8]) {
    send(words("CANCEL") + [tag]) { _ in self.forget(tag) }
  }

  private func forget(_ tag: [UInt8]) { state.withLock { $0.deferred[tag] = nil } }
}

extension ReplyLimits {
  /// What a client takes: a million records of usual size, and no more than fits in a machine.
  static let client = ReplyLimits(
    depth: 16, values: 1 << 22, bulkBytes: 16 << 20, lineBytes: 64 << 10, replyBytes: 1 << 30)
}
