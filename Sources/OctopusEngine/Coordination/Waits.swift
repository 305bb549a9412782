import HeapModule
import OctopusRecords
import OctopusStore

// Waits of every kind: how they begin, how they are answered, and how they end before that.

extension Engine {
  /// Lets the step's request wait for this once the step is committed.
  mutating func wait(
    for subject: Wait.Subject, _ timeout: Int64?, _ origin: Origin, _ step: Step
  ) throws(Failure) {
    precondition(step.wait == nil, "a step has one request that can wait")
    step.wait = Wait(
      for: subject, timeout, origin, id: try nextWatchID(of: origin.session, step.installed.count))
  }

  mutating func begin(_ wait: Wait) {
    let id = wait.id
    waits[id] = wait
    watchFootprint += wait.footprint
    sessions[wait.session]?.waits[wait.handle] = id
    if let until = wait.until { deadlines.insert(Deadline(instant: until, id: id)) }
    switch wait.subject {
    case .condition(let condition): watches.insert(condition.query, id: id)
    case .leaving(let barrier, let holder):
      coordination.barriers[barrier]?.setWait(id, of: holder)
    case .member: break
    }
  }

  /// Ends a wait without a word.
  @discardableResult
  mutating func drop(wait id: WaitID) -> Wait? {
    guard let wait = waits.removeValue(forKey: id) else { return nil }
    watchFootprint -= wait.footprint
    sessions[wait.session]?.waits[wait.handle] = nil
    if case .condition = wait.subject { watches.remove(id: id) }
    return wait
  }

  /// Answers waits with what a step has brought them; then the step's own, if it is not among them,
  /// begins.
  mutating func conclude(_ step: Step, into effects: inout [Effect]) {
    for (id, reply) in step.answers {
      guard step.wait?.id == id, let own = step.wait.take() else {
        answer(id, reply, into: &effects)
        continue
      }
      effects.append(own.handle.effect(own.session, reply, revision))
    }
    if let wait = step.wait.take() { begin(wait) }
  }

  /// Ends a wait with what it has come to.
  mutating func answer(_ id: WaitID, _ reply: Reply, into effects: inout [Effect]) {
    guard let wait = drop(wait: id) else { return }
    effects.append(wait.handle.effect(wait.session, reply, revision))
  }

  // MARK: Before their time

  /// Ends a session's waiting request, if it still waits.
  mutating func cancel(
    _ request: RequestID, of session: SessionID, into effects: inout [Effect]
  ) {
    guard let id = sessions[session]?.waits[.request(request)] else { return }
    abandon(id, into: &effects)
  }

  /// Ends waits whose time is over.
  mutating func endOverdueWaits(now: Instant, into effects: inout [Effect]) {
    while let deadline = deadlines.min, deadline.instant <= now {
      deadlines.removeMin()
      abandon(deadline.id, into: &effects)
    }
  }

  private mutating func abandon(_ id: WaitID, into effects: inout [Effect]) {
    guard let wait = drop(wait: id) else { return }
    let step = Step(after: revision)
    // Only the end of all revisions refuses this.
    try? withdraw(wait, step)
    if !step.changes.isEmpty { commit(step, into: &effects) }
    effects.append(wait.handle.effect(wait.session, .null, revision))
  }

  /// Deletes what a wait that has ended stood in a queue with.
  mutating func withdraw(_ wait: Wait, _ step: Step) throws(Failure) {
    guard case .member(let record) = wait.subject, let row = memberRow(of: record) else { return }
    try erase(row, step)
  }

  /// Drops deadlines of waits that are over: at once where they come first, and the others before
  /// they outnumber the waits.
  mutating func forgetDeadlines() {
    while let first = deadlines.min, waits[first.id] == nil { deadlines.removeMin() }
    guard deadlines.count > 64 + 2 * waits.count else { return }
    deadlines = Heap(deadlines.unordered.filter { waits[$0.id] != nil })
  }
}
