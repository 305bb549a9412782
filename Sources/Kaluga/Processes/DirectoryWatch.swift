// Changes in a directory, by inotify(7).
import Dispatch
import Glibc
import OctopusSystem

/// Reports the files of a directory that are written, moved or deleted, for as long as it exists.
final class DirectoryWatch: Sendable {
  private let source: ReadSource

  /// - Parameter handler: gets the names of files that have changed; nil: some are not known.
  init(
    _ path: String, _ queue: DispatchQueue, _ handler: @escaping @Sendable ([ByteString]?) -> Void
  ) throws(SystemError) {
    let watch = inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK))
    guard watch >= 0 else { throw SystemError(subject: path) }
    let events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR
    guard inotify_add_watch(watch, path, UInt32(events)) >= 0 else {
      let number = errno
      close(watch)
      throw SystemError(subject: path, code: number)
    }
    source = ReadSource(watch, queue) {
      close(watch)
    } handler: { _ in
      var buffer = [UInt8](repeating: 0, count: 16 << 10)
      while true {
        let count = read(watch, &buffer, buffer.count)
        guard count > 0 else { return }
        handler(Self.names(in: buffer[..<count]))
      }
    }
  }

  /// The names in a buffer of `inotify_event`; nil if the kernel has dropped events.
  private static func names(in buffer: ArraySlice<UInt8>) -> [ByteString]? {
    buffer.withUnsafeBytes { bytes in
      var names: [ByteString] = []
      var offset = 0
      while offset < bytes.count {
        let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return nil }
        offset += MemoryLayout<inotify_event>.size
        let name = bytes[offset..<offset + Int(event.len)].prefix { $0 != 0 }
        if !name.isEmpty { names.append(ByteString(name)) }
        offset += Int(event.len)
      }
      return names
    }
  }
}
