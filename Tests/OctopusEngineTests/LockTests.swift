import Generators
import OctopusRecords
import Testing

@testable import OctopusEngine

/// A lock's queue against an array that is looked through, around the sizes at which it begins and
/// ceases to keep its holders by name, and forgets those that have left.
@Suite struct LockTests {
  private struct Waiter {
    let number: Int64
    let holder: Holder?
    let isShared: Bool
    var holds = false
  }

  @Test(arguments: [2, 8, 17, 40])
  func isAQueue(most: Int) {
    var random = Random()
    let record: Record = "l_0 { lock: 'l' }"
    let lock = Lock()
    var twin: [Waiter] = []
    for number in 0..<Int64(6_000) {
      // A session as a whole, or a task of it.
      let task = UInt8.random(in: 0...3, using: &random)
      let who: [UInt8] = task < 2 ? [] : [task]
      let holder = Holder(session: Int64.random(in: 1...20, using: &random), who: who)
      let isThere = twin.contains { $0.holder == holder }
      let state = lock.place(of: holder).map { lock.members[$0].state }
      let expected = twin.first { $0.holder == holder }.map(\.holds)
      #expect(state.map { $0 == .holds } == expected, "seed \(random.seed), step \(number)")
      if twin.count < Int.random(in: 1...most, using: &random), !isThere {
        let isByHand = Int.random(in: 0..<8, using: &random) == 0
        let waiter = Waiter(
          number: number, holder: isByHand ? nil : holder, isShared: .random(using: &random))
        let isFree = twin.allSatisfy { $0.holds && $0.isShared && waiter.isShared }
        #expect(lock.admits(shared: waiter.isShared) == isFree)
        twin.append(waiter)
        lock.append(
          Lock.Member(
            number: number, record: record, token: number, isShared: waiter.isShared,
            holder: waiter.holder, wait: number))
      } else if let place = twin.indices.randomElement(using: &random) {
        let gone = twin.remove(at: place)
        let left = lock.remove(gone.number)
        #expect(left?.wait == gone.number && left?.state == (gone.holds ? .holds : .waits))
        #expect(lock.remove(gone.number) == nil)
      }
      while let place = lock.grant() {
        let next = twin.firstIndex { !$0.holds }
        #expect(lock.members[place].number == next.map { twin[$0].number })
        if let next { twin[next].holds = true }
      }
      let mayHold = twin.first { !$0.holds }.map { next in
        twin.allSatisfy { !$0.holds || $0.isShared && next.isShared }
      }
      #expect(mayHold != true, "seed \(random.seed), step \(number)")
      #expect(lock.isEmpty == twin.isEmpty)
    }
  }
}
