import Generators
import OctopusRecords
import Testing

@testable import OctopusEngine

/// The members of a lock against an array.
@Suite struct LockMembersTests {
  /// In turns many come, and many leave: the first ones, the last ones or any.
  @Test(arguments: [1, 3, 10, 400]) func agreesWithAnArray(most: Int) {
    var random = Random.logged(salt: UInt64(most))
    var members = LockMembers()
    var model: [(number: Int64, waits: Bool)] = []
    var (last, slots): (Int64, Int) = (0, 0)
    for step in 0..<(most < 100 ? 1_500 : 6_000) {
      let isGrowing = step / (5 * most) % 2 == 0
      if model.isEmpty || Int.random(in: 0..<10, using: &random) < (isGrowing ? 7 : 2) {
        last += Int64.random(in: 1...3, using: &random)
        members.append(member(last))
        model.append((last, true))
      } else if Int.random(in: 0..<3, using: &random) == 0,
        let next = model.firstIndex(where: \.waits)
      {
        let index = members.firstWaiting()
        #expect(members[index].number == model[next].number, "step \(step)")
        members[index].state = .holds
        model[next].waits = false
      } else {
        let place = leaving(&random, model.count, step / 1_000 % 3)
        let number = model.remove(at: place).number
        guard let index = members.index(of: number) else {
          Issue.record("step \(step): \(number) is missing")
          return
        }
        members.leave(index, rest: model.count)
        if let index = members.index(of: number), members[index].state != .left {
          Issue.record("step \(step): \(number) has not left")
        }
      }
      // Slots of members that have left do not pile up.
      slots = max(slots, members.count - 4 * model.count)
      guard step % 64 == 0 || most < 10 else { continue }
      #expect(members.indices.map { members[$0].number } == model.map(\.number), "step \(step)")
      if let first = model.first { #expect(members[members.first].number == first.number) }
      let states = model.map { members.index(of: $0.number).map { members[$0].state } }
      #expect(states == model.map { $0.waits ? .waits : .holds }, "step \(step)")
    }
    #expect(slots < 100 + most / 2)
  }

  private func leaving(_ random: inout Random, _ count: Int, _ kind: Int) -> Int {
    switch kind {
    case 0: 0
    case 1: count - 1
    default: Int.random(in: 0..<count, using: &random)
    }
  }

  private func member(_ number: Int64) -> Lock.Member {
    Lock.Member(
      number: number, record: "m", token: number, isShared: false, holder: nil, wait: number)
  }
}
