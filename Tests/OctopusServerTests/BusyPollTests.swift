import Glibc
import Testing

@testable import OctopusServer

/// Looking for the next request before sleeping: what ends it, and when it is not worth it.
// There is none on a machine with a single processor.
@Suite(.enabled(if: BusyPoll(microseconds: 1) != nil)) struct BusyPollTests {
  private static let hour: Int64 = 3_600_000_000

  @Test(.timeLimit(.minutes(5))) func itEndsWhenSomethingComes() throws {
    let poll = try #require(BusyPoll(microseconds: Self.hour))
    let quiet = Pair()
    let busy = Pair()
    poll.add(quiet.near)
    poll.add(busy.near)
    var looks = 0
    poll.look(at: []) {
      looks += 1
      if looks == 3 { busy.say() }
      return false
    }
    #expect(looks >= 3)
  }

  @Test(.timeLimit(.minutes(5))) func itEndsWhenTheLoopIsNeeded() throws {
    let poll = try #require(BusyPoll(microseconds: Self.hour))
    var looks = 0
    poll.look(at: []) {
      looks += 1
      return looks == 3
    }
    #expect(looks == 3)
  }

  @Test func whatIsThereAlreadyIsNotLookedFor() throws {
    let poll = try #require(BusyPoll(microseconds: Self.hour))
    let pair = Pair()
    pair.say()
    poll.add(pair.near)
    poll.look(at: []) {
      Issue.record("it looks")
      return true
    }
  }

  /// A connection that went, or moved to another loop, does not keep this one awake.
  @Test func whoHasGoneIsNotLookedAt() throws {
    // What is closed stays open for a moment in a program that another test starts just then.
    let end = Clock.monotonicMicroseconds() + 10_000_000
    var looks = 0
    while looks == 0, Clock.monotonicMicroseconds() < end {
      let poll = try #require(BusyPoll(microseconds: Self.hour))
      let moved = Pair()
      moved.say()
      poll.add(moved.near)
      poll.remove(moved.near)
      var closed: Pair? = Pair()
      closed?.say()
      closed.map { poll.add($0.near) }
      closed = nil
      poll.look(at: []) {
        looks += 1
        return true
      }
    }
    #expect(looks == 1)
  }

  /// With more to do than can be done, or one that is held back, it is given up as after misses.
  @Test func whatIsAlwaysThereIsGivenUp() throws {
    let poll = try #require(BusyPoll(microseconds: Self.hour))
    let pair = Pair()
    pair.say()
    poll.add(pair.near)
    var turns = 0
    var isGivenUp = false
    while !isGivenUp, turns < 100_000 {
      turns += 1
      poll.look(at: []) {
        // It looks: of the connections that it had it has none any more.
        isGivenUp = true
        return true
      }
    }
    #expect(isGivenUp)
    #expect(turns > 12 * 16)
  }

  /// To gather very many again would keep the loop from its work.
  @Test func ofVeryManyNoneAreGathered() throws {
    let poll = try #require(BusyPoll(microseconds: 100, most: 1))
    let pairs = [Pair(), Pair()]
    for pair in pairs { poll.add(pair.near) }
    func lookInVain() -> Int {
      var looks = 0
      for _ in 0..<20_000 {
        poll.look(at: pairs.map(\.near)) {
          looks += 1
          return false
        }
      }
      return looks
    }
    #expect(lookInVain() > 0)
    #expect(lookInVain() == 0)
  }

  /// After misses all are let go of, and taken up again for the next look.
  @Test(.timeLimit(.minutes(5))) func itComesBackToAll() throws {
    let poll = try #require(BusyPoll(microseconds: 20_000))
    let old = Pair()
    poll.add(old.near)
    for _ in 0..<20_000 { poll.look(at: [old.near]) { false } }
    let new = Pair()
    poll.add(new.near)
    // It is found only by a look that was told of both.
    var hits = 0
    for _ in 0..<20_000 {
      var looks = 0
      poll.look(at: [old.near, new.near]) {
        looks += 1
        if looks == 2 { new.say() }
        return looks > 1_000_000
      }
      // Nobody looks once more for what was found.
      guard looks == 2, new.heard() else { continue }
      hits += 1
      if hits == 3 { return }
    }
    Issue.record("it found \(hits)")
  }

  @Test func inVainItIsSoonGivenUp() {
    var chance = Chance()
    var taken: [Int] = []
    for turn in 0..<20_000 where chance.isTaken() {
      taken.append(turn)
      chance.noteMiss()
    }
    #expect(taken.prefix(5) == [0, 2, 6, 14, 30])
    #expect(taken.count == 12 + (20_000 - 8_190) / 4_096 + 1)
  }

  @Test func aChangeIsNoticed() {
    var chance = Chance()
    for _ in 0..<20_000 where chance.isTaken() { chance.noteMiss() }
    var misses = 0
    for turn in 0..<20_000 {
      guard chance.isTaken() else {
        if turn > 8_192 { misses += 1 }
        continue
      }
      chance.noteHit()
    }
    #expect(misses == 0)
  }

  @Test func zeroMicrosecondsAreNone() { #expect(BusyPoll(microseconds: 0) == nil) }

  @Test func aProcessorIsLeftForClients() {
    #expect(BusyPoll(microseconds: 1, loops: sysconf(CInt(_SC_NPROCESSORS_ONLN))) == nil)
  }

  @Test func whatCostsMoreIsTriedLessOften() {
    var chance = Chance()
    chance.noteMiss()
    chance.letPass(10)
    var passed = 0
    while !chance.isTaken() { passed += 1 }
    #expect(passed == 10)
    chance.noteHit()
    chance.letPass(0)
    let isTaken = chance.isTaken()
    #expect(isTaken)
  }
}

/// Two ends of a socket.
private final class Pair {
  let near: CInt
  private let far: CInt

  init() {
    var ends: [CInt] = [-1, -1]
    let result = socketpair(
      AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends)
    precondition(result == 0, "no sockets are left")
    (near, far) = (ends[0], ends[1])
  }

  deinit {
    close(near)
    close(far)
  }

  func heard() -> Bool {
    var byte: UInt8 = 0
    return recv(near, &byte, 1, CInt(MSG_DONTWAIT)) == 1
  }

  func say() { _ = send(far, "x", 1, 0) }
}
