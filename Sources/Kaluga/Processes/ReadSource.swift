// Descriptors that become readable.
import Dispatch
import Glibc

/// Owns a descriptor, and calls a handler whenever it can be read.
// A source may be used from every thread; only its type does not say so.
final class ReadSource: @unchecked Sendable {
  private let source: any DispatchSourceRead

  /// - Parameter handler: returns whether there can be more to read. The end of something stays
  ///   readable forever.
  init(
    _ descriptor: CInt, _ queue: DispatchQueue, _ handler: @escaping @Sendable () -> Bool
  ) {
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    // It is cancelled on the queue of its events: none follows.
    nonisolated(unsafe) let same = source
    source.setEventHandler { if !handler() { same.cancel() } }
    source.setCancelHandler {
      source.setEventHandler(handler: nil)
      close(descriptor)
    }
    source.resume()
    self.source = source
  }

  deinit { source.cancel() }
}
