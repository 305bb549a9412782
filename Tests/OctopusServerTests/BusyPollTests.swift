import Glibc
import Testing

@testable import OctopusServer

/// Looking for the next request before sleeping: what ends it, and when it is not worth it.
// There is none on a machine with a single processor.
@Suite(.enabled(if: BusyPoll(microseconds: 1) != nil)) struct BusyPollTests {
  private static let hour: Int64 = 3_600_000_000

  @Test(.timeLimit(.minutes(5))) func itEndsWhenSomethingComes() throws {
    var poll = try #require(BusyPoll(microseconds: Self.hour))
    var looks = 0
    let count = poll.look {
      looks += 1
      return looks == 3 ? 2 : 0
    }
    #expect(count == 2)
    #expect(looks == 3)
  }

  @Test func whatIsThereAlreadyIsNotLookedFor() throws {
    var poll = try #require(BusyPoll(microseconds: Self.hour))
    for _ in 0..<10_000 {
      var looks = 0
      let count = poll.look {
        looks += 1
        return 1
      }
      // Nor is it a reason to give up.
      #expect(count == 1 && looks == 1)
    }
  }

  @Test func whoFindsNothingSoonHardlyLooks() throws {
    var poll = try #require(BusyPoll(microseconds: 10))
    var looks = 0
    func pass(_ turns: Int) -> Int {
      var taken = 0
      for _ in 0..<turns {
        looks = 0
        #expect(
          poll.look {
            looks += 1
            return 0
          } == 0)
        if looks > 0 { taken += 1 }
      }
      return taken
    }
    #expect(pass(4_096) > 10)
    #expect(pass(4_096) == 2)
  }

  @Test func inVainItIsSoonGivenUp() {
    var chance = Chance()
    var taken: [Int] = []
    for turn in 0..<20_000 where chance.isTaken() {
      taken.append(turn)
      chance.noteMiss()
    }
    #expect(taken.prefix(5) == [0, 2, 6, 14, 30])
    #expect(taken.count == 11 + (20_000 - 4_094) / 2_048 + 1)
  }

  @Test func aChangeIsNoticed() {
    var chance = Chance()
    for _ in 0..<20_000 where chance.isTaken() { chance.noteMiss() }
    var taken = 0
    for _ in 0..<10_000 where chance.isTaken() {
      taken += 1
      chance.noteHit()
    }
    #expect(taken >= 10_000 - 2_048)
  }

  @Test func zeroMicrosecondsAreNone() { #expect(BusyPoll(microseconds: 0) == nil) }

  @Test func aProcessorIsLeftForClients() {
    #expect(BusyPoll(microseconds: 1, loops: sysconf(CInt(_SC_NPROCESSORS_ONLN))) == nil)
  }
}
