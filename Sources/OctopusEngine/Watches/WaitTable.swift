import HeapModule
import OctopusCollections

/// The requests that wait, by id and by the handle of their session's request, and their deadlines.
struct WaitTable {
  private var waits = IDMap<Wait>()
  private var sessions = IDMap<SessionWaits>()
  private var deadlines = Heap<Deadline>()
  /// About how many bytes it occupies.
  private(set) var footprint = 0

  var count: Int { waits.count }
  var deadlineCount: Int { deadlines.count }

  func count(of session: SessionID) -> Int { sessions[session]?.count ?? 0 }

  /// The wait of a session's request, if it waits.
  func wait(of session: SessionID, _ handle: ReplyHandle) -> Wait? {
    sessions[session]?[handle].flatMap { waits[$0] }
  }

  mutating func insert(_ wait: Wait) {
    waits[wait.id] = wait
    footprint += wait.footprint
    if sessions[wait.session] == nil { sessions[wait.session] = SessionWaits() }
    sessions[wait.session]?[wait.handle] = wait.id
    if let deadline = wait.deadline {
      deadlines.insert(Deadline(instant: deadline, id: wait.id))
    }
  }

  /// Removes a wait; nil if it has ended before.
  mutating func remove(_ id: WaitID) -> Wait? {
    guard let wait = waits.removeValue(forKey: id) else { return nil }
    footprint -= wait.footprint
    sessions[wait.session]?[wait.handle] = nil
    return wait
  }

  /// Forgets which waits are a session's, and answers them. They are still to be removed.
  mutating func disown(_ session: SessionID) -> [WaitID] {
    sessions.removeValue(forKey: session)?.ids ?? []
  }

  /// Removes all waits of a session.
  mutating func removeAll(of session: SessionID) -> [WaitID] {
    let ids = sessions.removeValue(forKey: session)?.ids ?? []
    for id in ids {
      if let wait = waits.removeValue(forKey: id) { footprint -= wait.footprint }
    }
    return ids
  }

  // MARK: Conditions

  /// Adds to the number of records that match a wait's condition.
  mutating func addMatches(_ change: Int, to id: WaitID) {
    guard case .condition(var condition)? = waits[id]?.subject else { return }
    condition.matches += change
    waits[id]?.subject = .condition(condition)
  }

  /// The condition of a wait, if it holds.
  func fulfilledCondition(of id: WaitID) -> Condition? {
    guard case .condition(let condition)? = waits[id]?.subject, condition.holds else { return nil }
    return condition
  }

  // MARK: Deadlines

  var nextDeadline: Instant? { deadlines.min?.instant }

  /// Removes the deadline that is the first and has passed, and answers its wait, which may have
  /// ended before.
  mutating func takeOverdue(_ now: Instant) -> WaitID? {
    guard let deadline = deadlines.min, deadline.instant <= now else { return nil }
    deadlines.removeMin()
    return deadline.id
  }

  /// Drops the deadlines of waits that have ended: at once where they come first, and the others
  /// before they outnumber the waits.
  mutating func dropDeadlinesOfEndedWaits() {
    while let first = deadlines.min, !waits.contains(first.id) { deadlines.removeMin() }
    guard deadlines.count > 64 + 2 * waits.count else { return }
    deadlines = Heap(deadlines.unordered.filter { waits.contains($0.id) })
  }
}

private struct Deadline: Comparable {
  let instant: Instant
  let id: WaitID

  static func < (a: Deadline, b: Deadline) -> Bool { (a.instant, a.id) < (b.instant, b.id) }
}

/// A session's waits by their handles. Most sessions have one, of a request.
// A class, so that it is changed in place.
private final class SessionWaits {
  private var request: (id: RequestID, wait: WaitID)?
  private var others: [ReplyHandle: WaitID] = [:]

  var count: Int { others.count + (request == nil ? 0 : 1) }

  /// In no particular order.
  var ids: [WaitID] { others.values + (request.map { [$0.wait] } ?? []) }

  subscript(handle: ReplyHandle) -> WaitID? {
    get {
      if case .request(let id) = handle, let request, request.id == id { return request.wait }
      return others.isEmpty ? nil : others[handle]
    }
    set {
      if case .request(let id) = handle,
        request.map({ $0.id == id }) ?? others.isEmpty
      {
        request = newValue.map { (id, $0) }
      } else {
        others[handle] = newValue
      }
    }
  }
}
