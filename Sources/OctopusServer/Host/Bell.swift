import CPlatform
import Glibc

/// Wakes a thread that waits for descriptors: its own is readable once it was rung.
struct Bell: ~Copyable, Sendable {
  private let counter: Descriptor

  init() throws(SystemError) {
    let number = platform_eventfd()
    guard number >= 0 else { throw SystemError("make an eventfd") }
    counter = Descriptor(owning: number)
  }

  var descriptor: Int32 { counter.number }

  /// For any thread.
  func ring() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Waits until it was rung, so many milliseconds at most (-1: without a limit), and silences it; false
  /// if the time is over.
  func wait(milliseconds: Int32) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var count = poll(&polled, 1, milliseconds)
    while count < 0, errno == EINTR { count = poll(&polled, 1, milliseconds) }
    guard count > 0 else { return false }
    var rings: UInt64 = 0
    return read(descriptor, &rings, MemoryLayout<UInt64>.size) > 0
  }
}
