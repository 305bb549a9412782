import OctopusRecords

extension OctopusClient {
  /// Published records that match a query, as they are published.
  ///
  /// Records that come while nobody asks are kept, up to the bound of the client's options; past it
  /// the sequence gives what it has and then throws ``OctopusError/overflow``. It is iterated once,
  /// by one task at a time. The subscription goes when the iteration ends in any way, when the
  /// sequence is dropped, and when the iterating task is cancelled.
  public struct Messages: AsyncSequence, Sendable {
    public typealias Element = Record
    public typealias Failure = OctopusError

    let buffer: StreamBuffer<[UInt8]>
    let owner: RegistrationOwner

    /// Starts the iteration. When the iterator goes, so does the subscription.
    public func makeAsyncIterator() -> AsyncIterator {
      AsyncIterator(iteration: Iteration(owner, buffer))
    }

    /// Gives one record after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let iteration: Iteration<[UInt8]>

      /// The next record; waits until one is published.
      ///
      /// - Throws: `overflow`, `connectionLost`, `cancelled` or `protocolViolation`, once; nil
      ///   after it.
      public mutating func next(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Record? {
        try await iteration.next { (text) throws(OctopusError) in try Record(reply: text) }
      }
    }
  }

  /// Subscribes to published records that match a query.
  ///
  /// ```swift
  /// for try await job in try await octopus.subscribe("job { priority > 3 }") {
  ///   print(job)
  /// }
  /// ```
  ///
  /// When this returns the subscription stands: whatever is published from now on arrives. Several
  /// subscriptions to one query are independent, and each gets every message.
  ///
  /// - Throws: `refused` with `syntax`, `badRegex`, `tooBig` or `limit`; what every call can throw.
  public func subscribe(_ query: Query) async throws(OctopusError) -> Messages {
    if Task.isCancelled { throw .cancelled }
    let buffer = StreamBuffer<[UInt8]>(limit: options.bufferLimit)
    let registration = Registration(self)
    let owner = RegistrationOwner(registration)
    let topic = query.text
    let promise = Promise<Void>()
    session.join(topic: topic, buffer) { outcome in
      if (try? outcome.get())?.error == nil {
        registration.installed { $0.leave(topic: topic, buffer) }
      }
      promise.resolve(
        Self.outcome(outcome) { (reply) throws(OctopusError) in _ = try reply.checked() })
    }
    try await promise.value()
    return Messages(buffer: buffer, owner: owner)
  }
}
