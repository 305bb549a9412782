import Testing

/// The checker must refuse what cannot have happened: histories written by hand.
@Suite struct CheckerTests {
  typealias Checker = Linearizability<StoreModel>

  private func isPossible(
    _ history: (StoreModel.Action, StoreModel.Answer?, ClosedRange<Int>)...
  ) -> Bool {
    let operations = history.map { action, answer, time in
      Checker.Operation(
        action: action, answer: answer, begin: time.lowerBound,
        end: answer == nil ? .max : time.upperBound)
    }
    return Checker.check(operations, from: StoreModel()).isLinearizable
  }

  private func record(_ value: Int, _ revision: Int64) -> StoreModel.Answer {
    .record(.init(value: value, revision: revision))
  }

  @Test func overlappingOperationsAreLinearizable() {
    // Two writes at once may happen in either order.
    #expect(
      isPossible(
        (.set("a", 1), .written(2), 0...9), (.set("a", 2), .written(1), 1...8),
        (.get("a"), record(1, 2), 10...11)))
  }

  @Test func staleReadIsNotLinearizable() {
    #expect(
      !isPossible(
        (.set("a", 1), .written(1), 0...1), (.set("a", 2), .written(2), 2...3),
        (.get("a"), record(1, 1), 4...5)))
  }

  @Test func lostUpdateIsNotLinearizable() {
    #expect(
      !isPossible(
        (.set("a", 1), .written(1), 0...1), (.add("a", 1), .written(2), 2...9),
        (.add("a", 1), .written(3), 2...9), (.get("a"), record(2, 3), 10...11)))
  }

  @Test func numberGivenTwiceIsNotLinearizable() {
    #expect(
      !isPossible(
        (.sequential("s"), .numbered("s0", 1), 0...9),
        (.sequential("s"), .numbered("s0", 2), 0...9)))
  }

  @Test func unansweredOperationMayOrMayNotHaveHappened() {
    #expect(isPossible((.set("a", 1), nil, 0...1), (.get("a"), .nothing, 2...3)))
    #expect(isPossible((.set("a", 1), nil, 0...1), (.get("a"), record(1, 1), 2...3)))
    #expect(!isPossible((.set("a", 1), nil, 4...5), (.get("a"), record(1, 1), 2...3)))
  }

  @Test func skippedEventIsNotLinearizable() {
    let report = StoreModel.Report(isDeletion: false, revision: 2, previous: 1)
    #expect(
      !isPossible(
        (.watch("a"), .watched(nil, report), 0...1), (.set("a", 1), .written(1), 2...3),
        (.set("a", 2), .written(2), 4...5)))
    let first = StoreModel.Report(isDeletion: false, revision: 1, previous: 0)
    #expect(
      isPossible(
        (.watch("a"), .watched(nil, first), 0...1), (.set("a", 1), .written(1), 2...3),
        (.set("a", 2), .written(2), 4...5)))
  }
}
