import CPlatform
import Glibc

/// What an event loop sleeps on: the sockets of its connections, and a bell for other threads (epoll(7)).
///
/// It is edge-triggered: what becomes so is said once. What was so already when one asks, by `add` or `change`, is
/// said too, so to hear again of what is left one asks again. Descriptors may be added, changed and removed while another thread waits.
struct Poller: ~Copyable, Sendable {
  typealias Ready = platform_readiness

  /// What one wants to hear of a connection, and what is so.
  struct State: OptionSet {
    let rawValue: UInt32

    static let readable = State(rawValue: UInt32(platform_readable))
    static let writable = State(rawValue: UInt32(platform_writable))
    /// The other end will say no more; there may still be something to read.
    static let ended = State(rawValue: UInt32(platform_ended))
    /// Nothing can be written any more. It is told unasked.
    static let broken = State(rawValue: UInt32(platform_broken))
  }

  /// How many can be told of at a time.
  static let most = 256
  /// The number of the bell; those of connections are greater.
  static let bell: Int64 = 0

  private let epoll: Descriptor
  private let bell: Bell

  init() throws(SystemError) {
    let bell = try Bell()
    epoll = try Self.epoll(watching: bell.descriptor)
    self.bell = bell
  }

  /// A bell that tells of each ring need not be silenced.
  private static func epoll(watching bell: Int32) throws(SystemError) -> Descriptor {
    let number = platform_epoll()
    guard number >= 0 else { throw SystemError("make an epoll") }
    let epoll = Descriptor(owning: number)
    guard platform_epoll_add(number, bell, State.readable.rawValue, Self.bell) == 0 else {
      throw SystemError("watch an eventfd")
    }
    return epoll
  }

  /// Wakes who waits, now or next. For any thread.
  func ring() { bell.ring() }

  func add(_ descriptor: Int32, as id: Int64, for wanted: State) throws(SystemError) {
    guard platform_epoll_add(epoll.number, descriptor, wanted.rawValue, id) == 0 else {
      throw SystemError("watch a connection")
    }
  }

  func change(_ descriptor: Int32, as id: Int64, to wanted: State) {
    let result = platform_epoll_change(epoll.number, descriptor, wanted.rawValue, id)
    assert(result == 0, "it was added")
  }

  func remove(_ descriptor: Int32) { platform_epoll_remove(epoll.number, descriptor) }

  /// Waits until there is something, so many milliseconds at most (-1: for ever), and answers how much there is.
  func wait(_ ready: inout [Ready], milliseconds: Int32) -> Int {
    Int(platform_epoll_wait(epoll.number, &ready, Int32(ready.count), milliseconds))
  }
}
