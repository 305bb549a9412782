import Generators
import OctopusCollections
import Testing

@testable import OctopusEngine

/// The deadlines of waits against a sorted array.
@Suite struct DeadlinesTests {
  /// Most waits end before their deadlines, so that those that are left are moved.
  @Test func overdueWaitsEndInTheOrderOfTheirDeadlines() {
    var random = Random.logged()
    var deadlines = Deadlines()
    var waits = IDMap<Wait>()
    var model: [(instant: Instant, id: WaitID)] = []
    var (now, ended, most): (Instant, Int, Int) = (0, 0, 0)
    for id in 1...20_000 as ClosedRange<WaitID> {
      let instant = now + Instant.random(in: 1...60, using: &random)
      waits[id] = Wait(
        id: id, session: 1, handle: .request(1), deadline: instant, subject: .member("m"))
      deadlines.insert(instant, of: id)
      model.append((instant, id))
      while model.count > 150 || model.count > 1 && Int.random(in: 0..<3, using: &random) == 0 {
        waits[model.remove(at: Int.random(in: 0..<model.count, using: &random)).id] = nil
      }
      deadlines.drop(notOf: waits)
      most = max(most, deadlines.count)
      now += id % 40 == 0 ? Instant.random(in: 0...80, using: &random) : 0
      let overdue = model.filter { $0.instant <= now }.sorted { $0 < $1 }.map(\.id)
      model.removeAll { $0.instant <= now }
      var taken: [WaitID] = []
      while let id = deadlines.takeOverdue(now) {
        if waits.removeValue(forKey: id) != nil { taken.append(id) }
      }
      ended += taken.count
      if taken != overdue { Issue.record("wait \(id): \(taken), not \(overdue)") }
      if let next = model.map(\.instant).min(), deadlines.next.map({ $0 > next }) ?? true {
        Issue.record("wait \(id): the next is \(next), not \(deadlines.next as Any)")
      }
    }
    #expect(ended > 1_000 && most < 1_000)
  }
}
