import Glibc
import OctopusSystem

/// Looks for the next request for a moment before an event loop sleeps.
///
/// To sleep and be woken costs more than most requests, in a virtual machine 20 to 60 µs. Who was
/// answered often asks again before that, so a loop looks for as long as a wake-up may take (as a
/// lock does that spins before it blocks: Karlin et al., SOSP 1991), but only while most of its looks
/// find something. Otherwise, as where clients share the server's processor, it hardly ever does.
/// See `docs/decisions/0006`.
struct BusyPoll {
  /// Microseconds.
  private let limit: Int64
  private var chance = Chance()

  /// Nil where there is nothing to gain: while as many loops as there are processors look, no client runs.
  init?(microseconds: Int64, loops: Int = 1) {
    guard microseconds > 0, sysconf(Int32(_SC_NPROCESSORS_ONLN)) > loops else { return nil }
    limit = microseconds
  }

  /// Asks until there is something, or until it has looked long enough, and answers how much there is.
  mutating func look(_ ask: () -> Int) -> Int {
    guard chance.isTaken() else { return 0 }
    var count = ask()
    // What is there already is no reason to look again, and none against it.
    guard count == 0 else { return count }
    let end = SystemClock.monotonicMicroseconds() + limit
    while SystemClock.monotonicMicroseconds() < end {
      count = ask()
      guard count == 0 else {
        chance.noteHit()
        return count
      }
    }
    chance.noteMiss()
    return 0
  }
}

/// Whether something is worth trying that may be in vain: as long as it mostly is not.
///
/// After each miss twice as many chances are let pass as before it, after a hit none; so where all are misses
/// one in 2,048 is taken.
struct Chance {
  private static let mostDoublings = 11
  private var doublings = 0
  private var toLetPass = 0

  mutating func isTaken() -> Bool {
    guard toLetPass > 0 else { return true }
    toLetPass -= 1
    return false
  }

  mutating func noteHit() { doublings = 0 }

  mutating func noteMiss() {
    doublings = min(doublings + 1, Self.mostDoublings)
    toLetPass = (1 << doublings) - 1
  }
}
