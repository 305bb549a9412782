import Dispatch

/// Calls a handler on a queue whenever a descriptor can be read, for as long as it has an owner.
// Safe to share: a dispatch source may be used from every thread; only its type does not say so.
package final class ReadSource: @unchecked Sendable {
  private let source: any DispatchSourceRead
  private let isPaused = Mutex(false)

  /// - Parameters:
  ///   - onCancel: closes the descriptor; called on the queue, after the last call of the handler.
  ///   - handler: reads what there is, pauses or cancels: otherwise it is called again at once.
  package init(
    _ descriptor: CInt, _ queue: DispatchQueue, onCancel: @escaping @Sendable () -> Void,
    handler: @escaping @Sendable (ReadSource) -> Void
  ) {
    source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler { [weak self] in self.map(handler) }
    source.setCancelHandler(handler: onCancel)
    source.resume()
  }

  deinit {
    source.cancel()
    // The cancel handler of a paused source would never be called.
    resume()
  }

  /// Ends the calls for good.
  package func cancel() { source.cancel() }

  /// Holds further calls back until ``resume()``.
  package func pause() {
    isPaused.withLock {
      if !$0 { source.suspend() }
      $0 = true
    }
  }

  package func resume() {
    isPaused.withLock {
      if $0 { source.resume() }
      $0 = false
    }
  }
}
