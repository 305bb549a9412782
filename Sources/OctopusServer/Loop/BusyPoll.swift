import CPlatform
import Glibc

/// Looks for the next request for a moment before an event loop sleeps.
///
/// To sleep and be woken costs more than most requests, in a virtual machine up to 50 µs. Who was
/// answered often asks again before that, so a loop looks for as long as a wake-up may take (as a
/// lock does that spins before it blocks: Karlin et al., SOSP 1991), but only while most of its looks
/// find something. Otherwise, as where clients share the server's processor, or where there always is a
/// request already, it hardly ever does.
/// See `docs/decisions/0006`.
final class BusyPoll {
  /// Microseconds.
  private let limit: Int64
  private var chance = Chance()
  /// An epoll of the loop's connections, beside the one that the loop sleeps in. Closed (-1) while there is
  /// little hope: every message costs a little more with it.
  private var connections: Int32 = -1
  /// How many times in a row something was readable before it looked.
  private var idleLooks = 0
  /// To gather so many connections keeps the loop for about 10 ms; of more it has none once it gave up.
  private let most: Int

  /// Nil where there is nothing to gain: while as many loops as there are processors look, no client runs.
  init?(microseconds: Int64, loops: Int = 1, most: Int = 10_000) {
    guard microseconds > 0, sysconf(Int32(_SC_NPROCESSORS_ONLN)) > loops else { return nil }
    limit = microseconds
    self.most = most
    connections = platform_epoll()
  }

  deinit { closeConnections() }

  func add(_ descriptor: Int32) {
    if connections >= 0 { platform_epoll_add(connections, descriptor) }
  }

  /// Needed only where the socket stays open.
  func remove(_ descriptor: Int32) {
    if connections >= 0 { platform_epoll_remove(connections, descriptor) }
  }

  /// Returns when one of the descriptors, which are all that were added, is readable, when this loop is
  /// needed for something else, or when it has looked long enough.
  func look<Descriptors: Collection<Int32>>(
    at descriptors: @autoclosure () -> Descriptors, unless isNeeded: () -> Bool
  ) {
    guard chance.isTaken() else { return }
    if connections < 0 { openConnections(descriptors()) }
    guard connections >= 0 else { return chance.noteMiss() }
    guard !isReadable() else { return noteIdle(descriptors().count) }
    let end = Clock.monotonicMicroseconds() + limit
    while Clock.monotonicMicroseconds() < end {
      if isNeeded() { return }
      if isReadable() { return noteHit() }
    }
    noteMiss(descriptors().count)
  }

  private func noteHit() {
    idleLooks = 0
    chance.noteHit()
  }

  /// What is there already is no reason to look again, and none against it, unless it is always so: with more
  /// to do than can be done, or while a connection is held back.
  private func noteIdle(_ count: Int) {
    idleLooks += 1
    guard idleLooks == 16 else { return }
    noteMiss(count)
  }

  private func noteMiss(_ count: Int) {
    idleLooks = 0
    chance.noteMiss()
    guard chance.isSlim else { return }
    closeConnections()
    // To gather them again takes a hundredth of the time until then.
    chance.letPass(4 * count)
  }

  private func isReadable() -> Bool { platform_epoll_is_ready(connections) }

  private func openConnections(_ descriptors: some Collection<Int32>) {
    guard descriptors.count <= most else { return }
    connections = platform_epoll()
    for descriptor in descriptors { add(descriptor) }
  }

  private func closeConnections() {
    if connections >= 0 { close(connections) }
    connections = -1
  }
}

/// Whether something is worth trying that may be in vain: as long as it mostly is not.
///
/// After each miss twice as many chances are let pass as before it, after each hit half as many; so where
/// all are misses one in 4,096 is taken.
struct Chance {
  private static let mostDoublings = 12
  private var doublings = 0
  private var toLetPass = 0

  /// Whether it was in vain for long.
  var isSlim: Bool { doublings == Self.mostDoublings }

  mutating func isTaken() -> Bool {
    guard toLetPass > 0 else { return true }
    toLetPass -= 1
    return false
  }

  mutating func noteHit() { double(by: -1) }

  mutating func noteMiss() { double(by: 1) }

  /// Lets at least so many pass before the next.
  mutating func letPass(_ count: Int) { toLetPass = max(toLetPass, count) }

  private mutating func double(by step: Int) {
    doublings = min(max(doublings + step, 0), Self.mostDoublings)
    toLetPass = (1 << doublings) - 1
  }
}
