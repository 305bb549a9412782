import DequeModule

/// A bounded queue from one producer that never waits to one consumer that does.
///
/// A synchronous state machine, generic over the type of the waiting consumer. The consumer still
/// gets the elements that were queued before the end; then it gets the error, if there is one,
/// once.
struct BoundedBuffer<Element, Waiter> {
  enum Offer {
    case kept
    case handOver(Waiter)
    /// The bound is reached: this element is not kept, and the buffer has ended with `overflow`.
    case overflowed
    case ended
  }

  enum Next {
    case element(Element)
    case failed(OctopusError)
    case finished
    /// There is nothing yet: come back with `wait`.
    case empty
  }

  private enum Ending {
    case finished
    case failed(OctopusError)
  }

  private let limit: Int
  private var elements = Deque<Element>()
  private var waiter: Waiter?
  private var ending: Ending?

  init(limit: Int) {
    precondition(limit > 0, "a buffer holds at least one element")
    self.limit = limit
  }

  mutating func offer(_ element: Element) -> Offer {
    guard ending == nil else { return .ended }
    if let waiter = waiter.take() { return .handOver(waiter) }
    guard elements.count < limit else {
      ending = .failed(.overflow)
      return .overflowed
    }
    elements.append(element)
    return .kept
  }

  mutating func next() -> Next {
    if let element = elements.popFirst() { return .element(element) }
    switch ending {
    case nil: return .empty
    case .finished: return .finished
    case .failed(let error):
      ending = .finished
      return .failed(error)
    }
  }

  /// The consumer waits, unless something has come since; then it is given that.
  mutating func wait(_ consumer: Waiter) -> Next {
    let next = next()
    if case .empty = next {
      precondition(waiter == nil, "a sequence is iterated by one task at a time")
      waiter = consumer
    }
    return next
  }

  /// Nothing comes after what is queued. The first end stays. Returns the consumer, if it waits,
  /// for the caller to wake.
  mutating func finish(_ error: OctopusError?) -> Waiter? {
    guard ending == nil else { return nil }
    return close(error)
  }

  /// The consumer has gone or was cancelled: what is queued is dropped.
  mutating func abandon(_ error: OctopusError?) -> Waiter? {
    elements.removeAll()
    return close(error)
  }

  private mutating func close(_ error: OctopusError?) -> Waiter? {
    // A consumer that waits gets the error now, and not once more.
    ending = waiter == nil ? error.map(Ending.failed) ?? .finished : .finished
    return waiter.take()
  }
}
