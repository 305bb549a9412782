extension OctopusClient {
  /// The events of a trigger, in order, from the step that installed it on.
  ///
  /// ```swift
  /// let observed = try await octopus.observe("_ { class: 'net' }")
  /// print(observed.records)                       // what is there
  /// for try await change in observed.changes {    // and everything since
  ///   print(change.kind, change.record)
  /// }
  /// ```
  ///
  /// Events that come while nobody asks are kept, up to the bound of the client's options; past it
  /// the sequence gives what it has and then throws ``OctopusError/overflow``. It is iterated once,
  /// by one task at a time. Its trigger is removed when the iteration ends in any way, when the
  /// sequence is dropped, and when the iterating task is cancelled. After the event of a one-time
  /// trigger the sequence is at its end.
  public struct Changes: AsyncSequence, Sendable {
    public typealias Element = Change
    public typealias Failure = OctopusError

    let buffer: StreamBuffer<TriggerEvent>
    let owner: RegistrationOwner

    /// Starts the iteration. When the iterator goes, so does the trigger.
    public func makeAsyncIterator() -> AsyncIterator {
      AsyncIterator(iteration: Iteration(owner, buffer))
    }

    /// Gives one change after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let iteration: Iteration<TriggerEvent>

      /// The next change; waits until there is one. Nil at the end of a one-time trigger.
      ///
      /// - Throws: `overflow`, `connectionLost`, `cancelled` or `protocolViolation`, once; nil
      ///   after it.
      public mutating func next(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Change? {
        try await iteration.next { (event) throws(OctopusError) in try Change(event) }
      }
    }
  }
}

/// One iteration over a buffer. When it goes, or fails, or comes to its end, what fills the buffer
/// is undone.
final class Iteration<Element: Sendable>: Sendable {
  private let owner: RegistrationOwner
  private let buffer: StreamBuffer<Element>

  init(_ owner: RegistrationOwner, _ buffer: StreamBuffer<Element>) {
    self.owner = owner
    self.buffer = buffer
  }

  deinit { end() }

  /// The next element for which `transform` gives something; nil at the end.
  func next<Result>(
    isolation actor: isolated (any Actor)? = #isolation,
    _ transform: (Element) throws(OctopusError) -> Result?
  ) async throws(OctopusError) -> Result? {
    do throws(OctopusError) {
      while let element = try await buffer.next() {
        if let result = try transform(element) { return result }
      }
    } catch {
      end()
      throw error
    }
    end()
    return nil
  }

  private func end() {
    owner.end()
    buffer.abandon()
  }
}
