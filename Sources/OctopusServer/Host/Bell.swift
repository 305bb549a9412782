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
}
