import Glibc

/// Reports changes in a directory: the tests wait for what programs write there.
final class FileChanges: Sendable {
  private let watch: CInt

  init(in directory: String) throws {
    watch = inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK))
    let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)
    guard inotify_add_watch(watch, directory, events) >= 0 else {
      throw Failure("cannot watch \(directory)")
    }
  }

  deinit { close(watch) }

  /// Waits until a condition holds, which is asked again after each change. False once the deadline
  /// has passed.
  func wait(until deadline: Double, _ condition: () -> Bool) async -> Bool {
    while !condition() {
      let isInTime = await blocking { [watch] in
        guard waitReadable(watch, until: deadline) else { return false }
        var events = [UInt8](repeating: 0, count: 4096)
        while read(watch, &events, events.count) > 0 {}
        return true
      }
      if !isInTime { return condition() }
    }
    return true
  }
}
