import Glibc
import Testing

@testable import OctopusServer

/// Polling for the next request before a loop sleeps.
// On a machine with one processor a loop never polls.
@Suite(.enabled(if: BusyPoll(microseconds: 1) != nil)) struct BusyPollTests {
  private static let hour: Int64 = 3_600_000_000

  @Test(.timeLimit(.minutes(5))) func pollEndsWhenSomethingIsReady() throws {
    var poll = try #require(BusyPoll(microseconds: Self.hour))
    var polls = 0
    let count = poll.look {
      polls += 1
      return polls == 3 ? 2 : 0
    }
    #expect(count == 2)
    #expect(polls == 3)
  }

  @Test func dataThatIsReadyAtOnceIsNoFailure() throws {
    var poll = try #require(BusyPoll(microseconds: Self.hour))
    for _ in 0..<10_000 {
      var polls = 0
      let count = poll.look {
        polls += 1
        return 1
      }
      #expect(count == 1 && polls == 1)
    }
  }

  @Test func pollsBecomeRareWhileAllFail() throws {
    var poll = try #require(BusyPoll(microseconds: 10))
    var polls = 0
    func duePolls(_ turns: Int) -> Int {
      var taken = 0
      for _ in 0..<turns {
        polls = 0
        #expect(
          poll.look {
            polls += 1
            return 0
          } == 0)
        if polls > 0 { taken += 1 }
      }
      return taken
    }
    #expect(duePolls(4_096) > 10)
    #expect(duePolls(4_096) == 2)
  }

  @Test func backoffDoublesWithEachFailure() {
    var backoff = ExponentialBackoff()
    var taken: [Int] = []
    for turn in 0..<20_000 where backoff.isDue() {
      taken.append(turn)
      backoff.noteFailure()
    }
    #expect(taken.prefix(5) == [0, 2, 6, 14, 30])
    #expect(taken.count == 11 + (20_000 - 4_094) / 2_048 + 1)
  }

  @Test func backoffEndsAtASuccess() {
    var backoff = ExponentialBackoff()
    for _ in 0..<20_000 where backoff.isDue() { backoff.noteFailure() }
    var taken = 0
    for _ in 0..<10_000 where backoff.isDue() {
      taken += 1
      backoff.noteSuccess()
    }
    #expect(taken >= 10_000 - 2_048)
  }

  @Test func zeroMicrosecondsTurnPollingOff() { #expect(BusyPoll(microseconds: 0) == nil) }

  @Test func asManyLoopsAsProcessorsTurnPollingOff() {
    #expect(BusyPoll(microseconds: 1, loops: sysconf(CInt(_SC_NPROCESSORS_ONLN))) == nil)
  }
}
