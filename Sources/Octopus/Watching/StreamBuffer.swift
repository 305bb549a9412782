import OctopusSystem

/// A bounded buffer between the reader of a connection and the task that iterates a sequence.
final class StreamBuffer<Element: Sendable>: Sendable {
  typealias Outcome = Result<Element?, OctopusError>
  private typealias Buffer = BoundedBuffer<Element, CheckedContinuation<Outcome, Never>>

  private let buffer: Mutex<Buffer>

  init(limit: Int) { buffer = Mutex(Buffer(limit: limit)) }

  /// Takes an element; false if it wants no more: it is full now, or had ended.
  func offer(_ element: Element) -> Bool {
    switch buffer.withLock({ $0.offer(element) }) {
    case .kept: return true
    case .handOver(let consumer):
      consumer.resume(returning: .success(element))
      return true
    case .overflowed, .ended: return false
    }
  }

  /// Ends the sequence after what is in it; nil: without an error.
  func finish(_ error: OctopusError?) {
    buffer.withLock { $0.finish(error) }?.resume(returning: Self.ending(error))
  }

  /// Ends the sequence at once.
  func abandon(_ error: OctopusError? = nil) {
    buffer.withLock { $0.abandon(error) }?.resume(returning: Self.ending(error))
  }

  /// The next element, nil at the end. A cancelled task ends the sequence with `cancelled`.
  func next() async throws(OctopusError) -> Element? {
    if Task.isCancelled { abandon(.cancelled) }
    if let outcome = Self.outcome(buffer.withLock { $0.next() }) { return try outcome.get() }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { consumer in
        if let outcome = Self.outcome(buffer.withLock { $0.wait(consumer) }) {
          consumer.resume(returning: outcome)
        }
      }
    } onCancel: {
      abandon(.cancelled)
    }
    // ThreadSanitizer does not see every continuation hand over. It sees the lock, which the
    // producer held before it resumed the continuation.
    buffer.withLock { _ in }
    return try outcome.get()
  }

  private static func outcome(_ next: Buffer.Next) -> Outcome? {
    switch next {
    case .element(let element): .success(element)
    case .failed(let error): .failure(error)
    case .finished: .success(nil)
    case .empty: nil
    }
  }

  private static func ending(_ error: OctopusError?) -> Outcome {
    error.map(Outcome.failure) ?? .success(nil)
  }
}

extension StreamBuffer: EventSink where Element == TriggerEvent {
  func receive(_ event: TriggerEvent) -> Bool {
    let wantsMore = event.kind == nil || offer(event)
    if event.isLast { finish(nil) }
    return wantsMore
  }

  func end(_ error: OctopusError) { finish(error) }
}
