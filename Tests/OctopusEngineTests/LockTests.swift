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
  func agreesWithAnArray(most: Int) {
    var random = Random()
    let record: Record = "l_0 { lock: 'l' }"
    let lock = Lock()
    var model: [Waiter] = []
    for number in 0..<Int64(6_000) {
      // A session as a whole, or a task of it.
      let kind = UInt8.random(in: 0...3, using: &random)
      let task: [UInt8] = kind < 2 ? [] : [kind]
      let holder = Holder(Int64.random(in: 1...20, using: &random), task: task)
      let isThere = model.contains { $0.holder == holder }
      let state = lock.index(of: holder).map { lock.members[$0].state }
      let expected = model.first { $0.holder == holder }.map(\.holds)
      #expect(state.map { $0 == .holds } == expected, "seed \(random.seed), step \(number)")
      if model.count < Int.random(in: 1...most, using: &random), !isThere {
        let isByHand = Int.random(in: 0..<8, using: &random) == 0
        let waiter = Waiter(
          number: number, holder: isByHand ? nil : holder, isShared: .random(using: &random))
        let isFree = model.allSatisfy { $0.holds && $0.isShared && waiter.isShared }
        #expect(lock.admits(shared: waiter.isShared) == isFree)
        model.append(waiter)
        lock.append(
          Lock.Member(
            number: number, record: record, token: number, isShared: waiter.isShared,
            holder: waiter.holder, wait: number))
      } else if let place = model.indices.randomElement(using: &random) {
        let gone = model.remove(at: place)
        let left = lock.remove(gone.number)
        #expect(left?.wait == gone.number && left?.state == (gone.holds ? .holds : .waits))
        #expect(lock.remove(gone.number) == nil)
      }
      while let place = lock.grantNext() {
        let next = model.firstIndex { !$0.holds }
        #expect(lock.members[place].number == next.map { model[$0].number })
        if let next { model[next].holds = true }
      }
      let mayHold = model.first { !$0.holds }.map { next in
        model.allSatisfy { !$0.holds || $0.isShared && next.isShared }
      }
      #expect(mayHold != true, "seed \(random.seed), step \(number)")
      #expect(lock.isEmpty == model.isEmpty)
    }
  }
}
