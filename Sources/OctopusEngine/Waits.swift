import HeapModule
import OctopusRecords
import OctopusStore

// WAITFOR: a request that is answered in the step that makes its condition true.

extension Engine {
  /// Answers at once if the condition holds or no time is given; else nil, and the request waits.
  mutating func wait(
    for query: Query, _ condition: WaitCondition, _ timeout: Int64?, _ origin: Origin
  ) throws(Failure) -> Reply? {
    let most: Int? = if case .count(let count) = condition { max(count, 1) } else { nil }
    let matches = try count(query, most: condition == .match ? 1 : most, origin.session)
    let wait = Wait(request: origin.request, condition: condition, matches: matches)
    if wait.isOver { return try answer(wait, query, origin.session) }
    if timeout == 0 { return .null }
    var step = Step()
    let watcher = Watcher(session: origin.session, query: query, role: .wait(wait))
    try checkMemory(for: watcher.footprint)
    let id = try add(watcher, &step)
    begin(id, watcher)
    waitCount += 1
    if let timeout {
      deadlines.insert(Deadline(instant: origin.now + timeout, id: id))
    }
    return nil
  }

  /// Ends those of the waits a step has touched whose condition holds now.
  mutating func endWaits(_ touched: [TriggerID], into effects: inout [Effect]) {
    guard !touched.isEmpty else { return }
    for id in Set(touched).sorted() {
      guard let watcher = watchers[id], case .wait(let wait) = watcher.role, wait.isOver else {
        continue
      }
      let reply: Reply
      do throws(Failure) {
        reply = try answer(wait, watcher.query, watcher.session)
      } catch { reply = .error(error) }
      drop(id)
      effects.append(.reply(watcher.session, wait.request, reply, revision))
    }
  }

  /// Ends waits whose time is over.
  mutating func endOverdueWaits(now: Instant, into effects: inout [Effect]) {
    while let deadline = deadlines.min, deadline.instant <= now {
      deadlines.removeMin()
      guard let watcher = watchers[deadline.id], case .wait(let wait) = watcher.role else {
        continue
      }
      drop(deadline.id)
      effects.append(.reply(watcher.session, wait.request, .null, revision))
    }
  }

  /// Drops deadlines of waits that are over: at once where they come first, and the others before
  /// they outnumber the waits.
  mutating func forgetDeadlines() {
    while let first = deadlines.min, watchers[first.id] == nil { deadlines.removeMin() }
    guard deadlines.count > 64 + 2 * waitCount else { return }
    deadlines = Heap(deadlines.unordered.filter { watchers[$0.id] != nil })
  }

  /// Ends a session's waiting request, if it still waits.
  mutating func cancel(
    _ request: RequestID, of session: SessionID, into effects: inout [Effect]
  ) {
    // A request is one wait, so the order in which they are looked at does not matter.
    let waiting = sessions[session]?.watchers.first { id in
      guard case .wait(let wait)? = watchers[id]?.role else { return false }
      return wait.request == request
    }
    guard let waiting else { return }
    drop(waiting)
    effects.append(.reply(session, request, .null, revision))
  }

  private func answer(
    _ wait: Wait, _ query: Query, _ session: SessionID
  ) throws(Failure) -> Reply {
    guard wait.condition == .match else { return .ok }
    // Those who wait do not pay for each other, nor for whom they waited for.
    store.budget.renew()
    return try first(query, session).map { .record($0.record) } ?? .null
  }
}
