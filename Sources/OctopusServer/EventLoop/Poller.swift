import CPlatform
import Glibc
import OctopusSystem

/// An epoll instance that an event loop waits on: for the sockets of its connections, and for a
/// waker that other threads use (epoll(7)).
///
/// It is edge-triggered: each change is reported once. `add` and `change` also report conditions
/// that hold already. Every method may be called while another thread waits.
final class Poller: Sendable {
  typealias Ready = platform_readiness

  /// Conditions of a socket: those to be reported, or those that were.
  struct Interest: OptionSet {
    let rawValue: UInt32

    static let readable = Interest(rawValue: UInt32(platform_readable))
    static let writable = Interest(rawValue: UInt32(platform_writable))
    /// The peer sends no more; there may still be something to read.
    static let ended = Interest(rawValue: UInt32(platform_ended))
    /// Nothing can be written any more. Always reported.
    static let broken = Interest(rawValue: UInt32(platform_broken))
  }

  /// How many sockets one `wait` reports at most.
  static let maximumReady = 256
  /// The id that reports the waker; those of connections are greater.
  static let waker: Int64 = 0

  private let epoll: Descriptor
  private let waker: Waker

  init() throws(SystemError) {
    let waker = try Waker()
    epoll = try Self.epoll(watching: waker.descriptor)
    self.waker = waker
  }

  /// Edge-triggered, so the eventfd need never be read.
  private static func epoll(watching waker: Int32) throws(SystemError) -> Descriptor {
    let number = platform_epoll()
    guard number >= 0 else { throw SystemError("make an epoll") }
    let epoll = Descriptor(owning: number)
    guard platform_epoll_add(number, waker, Interest.readable.rawValue, Self.waker) == 0 else {
      throw SystemError("watch an eventfd")
    }
    return epoll
  }

  /// Ends the current `wait`, or the next one.
  func wake() { waker.wake() }

  func add(_ descriptor: Int32, as id: Int64, for interest: Interest) throws(SystemError) {
    guard platform_epoll_add(epoll.number, descriptor, interest.rawValue, id) == 0 else {
      throw SystemError("watch a connection")
    }
  }

  func change(_ descriptor: Int32, as id: Int64, to interest: Interest) {
    let result = platform_epoll_change(epoll.number, descriptor, interest.rawValue, id)
    assert(result == 0, "it was added")
  }

  func remove(_ descriptor: Int32) { platform_epoll_remove(epoll.number, descriptor) }

  /// Waits until a socket is ready, for at most this many milliseconds (-1: forever). Returns how
  /// many are.
  func wait(_ ready: inout [Ready], milliseconds: Int32) -> Int {
    Int(platform_epoll_wait(epoll.number, &ready, Int32(ready.count), milliseconds))
  }
}
