import OctopusRecords
import OctopusStore

// WAITFOR: a wait for a query's matches to come or to go.

extension Engine {
  /// Answers at once if the condition holds or no time is given; else nil, and the request waits.
  mutating func wait(
    for query: Query, _ kind: WaitCondition, _ timeout: Int64?, _ origin: Origin,
    _ step: Step
  ) throws(Failure) -> Reply? {
    let most: Int? = if case .count(let count) = kind { max(count, 1) } else { nil }
    let matches = try count(query, most: kind == .match ? 1 : most, origin.session)
    let condition = Wait.Condition(query: query, kind: kind, matches: matches)
    if condition.holds { return try answer(to: condition, origin.session) }
    if timeout == 0 { return .null }
    try wait(for: .condition(condition), timeout, origin, step)
    return nil
  }

  /// Counts a matching record that has come or gone.
  mutating func count(by change: Int, in id: WaitID) {
    guard case .condition(var condition)? = waits[id]?.subject else { return }
    condition.matches += change
    waits[id]?.subject = .condition(condition)
  }

  /// Ends those of the waits a step has touched whose condition holds now.
  mutating func endConditions(_ touched: [WaitID], into effects: inout [Effect]) {
    guard !touched.isEmpty else { return }
    for id in Set(touched).sorted() {
      guard let wait = waits[id], case .condition(let condition) = wait.subject, condition.holds
      else { continue }
      let reply: Reply
      do throws(Failure) {
        reply = try answer(to: condition, wait.session)
      } catch { reply = .error(error) }
      answer(id, reply, into: &effects)
    }
  }

  private func answer(
    to condition: Wait.Condition, _ session: SessionID
  ) throws(Failure) -> Reply {
    guard condition.kind == .match else { return .ok }
    // Those who wait do not pay for each other, nor for whom they waited for.
    store.budget.renew()
    return try first(condition.query, session).map { .record($0.record) } ?? .null
  }
}
