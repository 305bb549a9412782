import OctopusProtocol
import OctopusRecords
import OctopusSystem
import RESP

/// The client's end of a session: pending output, requests that wait for replies, sinks of events.
///
/// Any task may send; the bytes of many commands leave together. Replies and pushes are worked off
/// where they are read, one after the other, and nothing there ever waits: completions resolve
/// promises, and events go to bounded buffers.
package final class ClientSession: Sendable {
  typealias Completion = RequestPipeline.Completion

  private struct State {
    var pipeline = RequestPipeline()
    var router = EventRouter()
    /// Deferred commands that wait for their answers, by tag.
    var deferred: [[UInt8]: DeferredReply] = [:]
    /// The last number given to anything that needs one of its own.
    var lastNumber = 0
    var output = RESPEncoder(version: .three)
    /// Whether the transport knows that there is output.
    var isSending = false
    var ending: OctopusError?

    mutating func enqueue(
      _ arguments: [[UInt8]], expecting expectation: RequestPipeline.Expectation,
      then completion: @escaping Completion
    ) {
      output.command(arguments)
      pipeline.sent(expectation, then: completion)
    }
  }

  private let transport: any Transport
  private let state = Mutex(State())
  private let decoder: Mutex<ReplyDecoder>

  package init(_ transport: any Transport) {
    self.transport = transport
    decoder = Mutex(ReplyDecoder(limits: .client))
  }

  /// Why the session has ended; nil while it lives.
  var ending: OctopusError? { state.withLock { $0.ending } }
}

// Called by tasks.
extension ClientSession {
  /// Sends a command. The completion is called once: with the reply, where it is read, before
  /// anything that comes after it; or with the session's end.
  func send(
    _ arguments: [[UInt8]], expecting expectation: RequestPipeline.Expectation = .reply,
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

  /// Refuses commands for which the server would end the connection, and with it the other tasks'.
  private static func refusal(of arguments: [[UInt8]]) -> OctopusError? {
    let limits = RequestLimits.standard
    if arguments.count > limits.arguments {
      return .refused(.limit, "a command of more than \(limits.arguments) arguments")
    }
    let bytes = arguments.reduce(0) { $0 + $1.count }
    if bytes > limits.requestBytes
      || arguments.contains(where: { $0.count > limits.argumentBytes })
    {
      return .refused(.tooBig, "a command that is longer than the limits allow")
    }
    return nil
  }

  /// Adds to the output; or gives the reason why the session has ended.
  @discardableResult
  private func submit(_ enqueue: (inout State) -> Void) -> OctopusError? {
    var begins = false
    let ending = state.withLock { state -> OctopusError? in
      if let ending = state.ending { return ending }
      enqueue(&state)
      begins = !state.isSending && !state.output.bytes.isEmpty
      if begins { state.isSending = true }
      return nil
    }
    if begins { transport.sendOutput(of: self) }
    return ending
  }
}

// Called by the transport.
extension ClientSession {
  /// Everything to be sent by now; nil if nothing is. After nil the transport is woken again.
  package func takeOutput() -> [UInt8]? {
    state.withLock { state in
      guard !state.output.bytes.isEmpty else {
        state.isSending = false
        return nil
      }
      defer { state.output.bytes = [] }
      return state.output.bytes
    }
  }

  /// Handles bytes that have arrived. Not reentrant: one call at a time.
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
    transport.close()
    for completion in abandoned.pipeline.ended() { completion(.failure(error)) }
    abandoned.router.end(error)
    for reply in abandoned.deferred.values { reply.resolve(.failure(error)) }
  }

  private func decode(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ProtocolError) -> RESPValue? {
    var rest = input
    defer { input = rest }
    return try decoder.withLock { (decoder) throws(ProtocolError) in try decoder.next(&rest) }
  }

  private func receive(_ value: RESPValue) {
    let action = state.withLock { state -> RequestPipeline.Action in
      state.ending == nil ? state.pipeline.received(value) : .nothing
    }
    switch action {
    case .complete(let completion, let reply): completion(.success(reply))
    case .event(let event): receive(event)
    case .message(let source, let record): receive(record, for: source)
    case .deferred(let tag, let reply):
      state.withLock { $0.deferred.removeValue(forKey: tag) }?.resolve(.success(reply))
    case .end(let error): end(error)
    case .nothing: break
    }
  }

  private func receive(_ event: TriggerEvent) {
    guard let sink = state.withLock({ $0.router.sink(for: event) }) else { return }
    if !sink.receive(event) { leave(trigger: event.trigger) }
  }

  private func receive(_ record: [UInt8], for source: [UInt8]) {
    let buffers = state.withLock { $0.router.topics[source]?.buffers ?? [] }
    for buffer in buffers where !buffer.offer(record) { leave(topic: source, buffer) }
  }
}

// Sinks of triggers and subscriptions.
extension ClientSession {
  /// Hands a trigger's events to a sink. To be called in the completion of the command that
  /// installed it, so that no event is missed.
  func join(trigger: Int64, _ sink: any EventSink) {
    let ending = state.withLock { state -> OctopusError? in
      if state.ending == nil { state.router.triggers[trigger] = sink }
      return state.ending
    }
    if let ending { sink.end(ending) }
  }

  /// Forgets a trigger and removes it on the other side; of one that has gone, nothing.
  func leave(trigger: Int64) {
    submit { state in
      guard state.router.leave(trigger) else { return }
      state.enqueue(words("UNTRIGGER", "\(trigger)"), expecting: .reply) { _ in }
    }
  }

  /// Subscribes; from its acknowledgement on messages go to the buffer. Every subscriber sends its
  /// own SUBSCRIBE: the other side counts a query once, and what is asked in order is done in
  /// order.
  func join(topic: [UInt8], _ buffer: StreamBuffer<[UInt8]>, then completion: @escaping Completion)
  {
    if let refusal = Self.refusal(of: [topic]) { return completion(.failure(refusal)) }
    let ending = submit { state in
      state.router.topics[topic, default: EventRouter.Topic()].interested += 1
      state.enqueue(words("SUBSCRIBE") + [topic], expecting: .acknowledgements(1)) { reply in
        self.acknowledged(topic, buffer, reply)
        completion(reply)
      }
    }
    if let ending { completion(.failure(ending)) }
  }

  private func acknowledged(
    _ topic: [UInt8], _ buffer: StreamBuffer<[UInt8]>, _ reply: Result<RESPValue, OctopusError>
  ) {
    let ending = state.withLock { state -> OctopusError? in
      if case .success(let value) = reply, value.error == nil {
        state.router.topics[topic]?.buffers.append(buffer)
      } else {
        _ = state.router.leave(topic, buffer)
      }
      return state.ending
    }
    if let ending { buffer.finish(ending) }
  }

  /// Takes a buffer off a topic, and unsubscribes when it was the last.
  func leave(topic: [UInt8], _ buffer: StreamBuffer<[UInt8]>) {
    submit { state in
      guard state.router.leave(topic, buffer) else { return }
      state.enqueue(words("UNSUBSCRIBE") + [topic], expecting: .acknowledgements(1)) { _ in }
    }
  }
}

// Commands that are answered later.
extension ClientSession {
  /// A number that is unique in this session.
  func nextNumber() -> Int {
    state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  /// Sends a command that the server answers when it can; the commands after it do not wait for
  /// that.
  func send(_ arguments: [[UInt8]], deferredAs tag: [UInt8], _ reply: DeferredReply) {
    let ending = state.withLock { state -> OctopusError? in
      if state.ending == nil { state.deferred[tag] = reply }
      return state.ending
    }
    if let ending { return reply.resolve(.failure(ending)) }
    send(arguments + words("DEFER") + [tag]) { outcome in
      do throws(OctopusError) { _ = try outcome.get().checked() } catch {
        self.forget(tag)
        reply.resolve(.failure(error))
      }
    }
  }

  /// Ends a deferred command that still waits. If it has been answered, that stands before the
  /// reply to this.
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
