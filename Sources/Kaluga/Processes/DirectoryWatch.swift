import CPlatform
import Dispatch
import Glibc
import OctopusSystem

/// Reports which files of a directory change.
final class DirectoryWatch: Sendable {
  private let source: ReadSource

  /// - Parameter handler: gets the names of files; nil: some are not known.
  init(
    _ path: String, _ queue: DispatchQueue, _ handler: @escaping @Sendable ([ByteString]?) -> Void
  ) throws(SystemError) {
    let watch = platform_watch_directory(path)
    guard watch >= 0 else { throw SystemError(subject: path) }
    source = ReadSource(
      watch, queue, onCancel: { close(watch) }, handler: { _ in Self.read(watch, handler) })
  }

  private static func read(_ watch: CInt, _ handler: ([ByteString]?) -> Void) {
    var names = [CChar](repeating: 0, count: 16 << 10)
    var lost: CInt = 0
    while true {
      let count = platform_read_changes(watch, &names, names.count, &lost)
      guard count > 0 else { return }
      if lost != 0 {
        handler(nil)
      } else {
        let bytes = names[..<count].map { UInt8(bitPattern: $0) }
        handler(bytes.split(separator: 0).map { ByteString($0) })
      }
    }
  }
}
