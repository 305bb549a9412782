import OctopusCollections

/// The requests that wait, by id and by the handle of their session's request, and their deadlines.
struct WaitTable: ~Copyable {
  private var waits = IDMap<Wait>()
  private var sessions = IDMap<SessionWaits>()
  private(set) var deadlines = Deadlines()
  /// About how many bytes it occupies.
  private(set) var footprint = 0

  var count: Int { waits.count }

  func count(of session: SessionID) -> Int { sessions[session]?.count ?? 0 }

  func contains(_ id: WaitID) -> Bool { waits[id] != nil }

  /// The wait of a session's request, if it waits.
  func wait(of session: SessionID, _ handle: ReplyHandle) -> Wait? {
    sessions[session]?[handle].flatMap { waits[$0] }
  }

  mutating func insert(_ wait: Wait) {
    waits[wait.id] = wait
    footprint += wait.footprint
    if sessions[wait.session] == nil { sessions[wait.session] = SessionWaits() }
    sessions[wait.session]?[wait.handle] = wait.id
    if let deadline = wait.deadline { deadlines.insert(deadline, of: wait.id) }
  }

  /// Removes a wait; nil if it has ended before.
  mutating func remove(_ id: WaitID) -> Wait? {
    guard let wait = waits.removeValue(forKey: id) else { return nil }
    footprint -= wait.footprint
    sessions[wait.session]?[wait.handle] = nil
    return wait
  }

  /// The next wait of a session, below a slot, in no particular order; nil if none is left. The
  /// caller begins with `Int.max`, and removes each.
  mutating func next(of session: SessionID, below slot: inout Int) -> WaitID? {
    if let id = sessions[session]?.next(below: &slot) { return id }
    sessions[session] = nil
    return nil
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

  /// Removes the deadline that is the first and has passed, and answers its wait, which may have
  /// ended before.
  mutating func takeOverdue(_ now: Instant) -> WaitID? { deadlines.takeOverdue(now) }

  /// Drops deadlines of waits that have ended: a few with each step, at once where they come first,
  /// and the others before they outnumber the waits.
  mutating func dropDeadlinesOfEndedWaits() { deadlines.drop(notOf: waits) }
}

/// A session's waits by their handles. Most sessions have one, of a request.
// A class, so that it is changed in place.
private final class SessionWaits {
  private var first: (id: RequestID, wait: WaitID)?
  private var requests = IDMap<WaitID>()
  private var tags = NameTable<WaitID>()

  var count: Int { tags.count + requests.count + (first == nil ? 0 : 1) }

  func next(below slot: inout Int) -> WaitID? {
    if let first { return first.wait }
    while count > 0 {
      let hasTags = tags.count > 0
      let id = hasTags ? tags.next(below: &slot)?.value : requests.next(below: &slot)?.value
      if let id { return id }
      slot = .max
    }
    return nil
  }

  subscript(handle: ReplyHandle) -> WaitID? {
    get {
      switch handle {
      case .tag(let tag): return tags[tag]
      case .request(let id):
        if let first, first.id == id { return first.wait }
        return requests.isEmpty ? nil : requests[id]
      }
    }
    set {
      switch handle {
      case .tag(let tag): tags[tag] = newValue
      case .request(let id):
        if first.map({ $0.id == id }) ?? requests.isEmpty {
          first = newValue.map { (id, $0) }
        } else {
          requests[id] = newValue
        }
      }
    }
  }
}
