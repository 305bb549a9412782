import CPlatform
import Glibc

/// Wakes a thread that waits for descriptors: the waker's own becomes readable (eventfd(2)).
package struct Waker: ~Copyable, Sendable {
  private let counter: Descriptor

  package init() throws(SystemError) {
    let number = platform_eventfd()
    guard number >= 0 else { throw SystemError("make an eventfd") }
    counter = Descriptor(owning: number)
  }

  /// The descriptor to wait for, beside others.
  package var descriptor: CInt { counter.number }

  /// Wakes the thread, now or when it next waits. Any thread may call this.
  package func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Waits for a call of ``wake()``, for at most `milliseconds` (-1: forever), and resets the
  /// waker.
  ///
  /// - Returns: false if the time is over.
  package func wait(milliseconds: CInt = -1) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var count = poll(&polled, 1, milliseconds)
    while count < 0, errno == EINTR { count = poll(&polled, 1, milliseconds) }
    guard count > 0 else { return false }
    var wakes: UInt64 = 0
    return read(descriptor, &wakes, MemoryLayout<UInt64>.size) > 0
  }
}
