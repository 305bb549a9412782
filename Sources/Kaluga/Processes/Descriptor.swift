import CPlatform
import Dispatch
import Glibc
// Descriptors that say when there is something to read.
import OctopusSystem

/// A descriptor of one's own, and what is done when it can be read.
// A source may be used from every thread; only its type does not say so.
final class Descriptor: @unchecked Sendable {
  private let source: any DispatchSourceRead

  /// - Parameter handler: says whether there can be more to read: not behind the end of something, which stays.
  init(
    _ descriptor: CInt, _ queue: DispatchQueue, _ handler: @escaping @Sendable () -> Bool
  ) {
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    // It is cancelled on the queue of its events: none comes behind.
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

/// What changes in a directory.
final class DirectoryWatch: Sendable {
  private let descriptor: Descriptor

  /// - Parameter handler: gets the names of files; nil: some are not known.
  init(
    _ path: String, _ queue: DispatchQueue, _ handler: @escaping @Sendable ([ByteString]?) -> Void
  ) throws(FileFailure) {
    let watch = platform_watch_directory(path)
    guard watch >= 0 else { throw FileFailure(path: path, number: errno) }
    descriptor = Descriptor(watch, queue) {
      var names = [CChar](repeating: 0, count: 16 << 10)
      var lost: CInt = 0
      while true {
        let count = platform_read_changes(watch, &names, names.count, &lost)
        guard count > 0 else { return true }
        if lost != 0 {
          handler(nil)
        } else {
          let bytes = names[..<count].map { UInt8(bitPattern: $0) }
          handler(bytes.split(separator: 0).map { ByteString($0) })
        }
      }
    }
  }
}
