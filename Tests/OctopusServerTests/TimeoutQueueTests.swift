import Testing

@testable import OctopusServer

/// Entries expire in the order in which they came.
@Suite struct TimeoutQueueTests {
  @Test func entriesExpireInOrder() {
    var queue = TimeoutQueue(milliseconds: 2)
    #expect(queue.deadline == .max)
    #expect(queue.append(7, now: 100) == 2_100)
    #expect(queue.append(8, now: 500) == 2_500)
    #expect(queue.deadline == 2_100)
    #expect(queue.takeDue(now: 2_099) == nil)
    #expect(queue.takeDue(now: 2_100)?.connection == 7)
    #expect(queue.takeDue(now: 2_100) == nil)
    #expect(queue.takeDue(now: 9_000)?.connection == 8)
    #expect(queue.deadline == .max)
  }
}
