import Testing

@testable import OctopusServer

/// Those who came first go first, each when its time is over.
@Suite struct PatienceTests {
  @Test func eachHasTheSameTime() {
    var patience = Patience(milliseconds: 2)
    #expect(patience.end == .max)
    #expect(patience.begin(with: 7, now: 100) == 2_100)
    #expect(patience.begin(with: 8, now: 500) == 2_500)
    #expect(patience.end == 2_100)
    #expect(patience.takeDue(now: 2_099) == nil)
    #expect(patience.takeDue(now: 2_100)?.client == 7)
    #expect(patience.takeDue(now: 2_100) == nil)
    #expect(patience.takeDue(now: 9_000)?.client == 8)
    #expect(patience.end == .max)
  }
}
