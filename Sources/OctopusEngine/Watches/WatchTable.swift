import OctopusCollections
import OctopusMatching
import OctopusRecords
import OctopusStore

/// Everything that is matched against changes of records: triggers, pattern subscriptions, and the
/// conditions of waits.
struct WatchTable: ~Copyable {
  private var index: PredicateIndex
  /// Triggers and pattern subscriptions. Other ids in the index are those of waits.
  private var watchers = IDMap<Watcher>()
  private var sessions = IDMap<SessionWatchers>()
  /// Sessions that get no events any more.
  private var silent: Set<SessionID> = []
  private var conditionChanges: [ConditionChange] = []
  /// The last id given to a trigger, a subscription of either kind or a wait.
  private var lastID: Int64 = 0
  /// About how many bytes triggers and pattern subscriptions occupy.
  private(set) var footprint = 0
  let load = WatchLoad()

  init(_ meter: MatchMeter) { index = PredicateIndex(meter) }

  /// Whether nothing is matched.
  var isEmpty: Bool { index.count == 0 }
  /// How many triggers and pattern subscriptions there are.
  var count: Int { watchers.count }

  subscript(id: TriggerID) -> Watcher? { watchers[id] }

  func count(of session: SessionID) -> Int { sessions[session]?.ids.count ?? 0 }

  /// What one more of an account would add.
  func work(of query: Query, _ account: MatchAccount) -> Int { index.work(of: query, account) }

  // MARK: Ids

  /// An id for another trigger, subscription or wait.
  mutating func takeID() -> Int64 {
    lastID += 1
    return lastID
  }

  /// Takes back the latest ids, which no client has seen.
  mutating func returnIDs(_ count: Int) { lastID -= Int64(count) }

  // MARK: Watchers

  mutating func insert(
    _ watcher: Watcher, id: TriggerID, _ account: @autoclosure () -> MatchAccount
  ) {
    watchers[id] = watcher
    footprint += watcher.footprint
    let session = sessionWatchers(of: watcher.session, account())
    index.insert(watcher.query, id: id, owner: session.owner)
    noteWork()
    session.ids[id] = ()
    if case .pattern(let source) = watcher.role { session.patterns[source] = id }
  }

  @discardableResult
  mutating func remove(_ id: TriggerID) -> Watcher? {
    guard let watcher = watchers.removeValue(forKey: id) else { return nil }
    footprint -= watcher.footprint
    index.remove(id: id)
    noteWork()
    if let session = sessions[watcher.session] {
      session.ids[id] = nil
      if case .pattern(let source) = watcher.role { session.patterns[source] = nil }
    }
    return watcher
  }

  /// A session gets no more events. Its triggers and pattern subscriptions are still to be removed.
  mutating func silence(_ session: SessionID) { silent.insert(session) }

  /// Removes the next trigger or pattern subscription of a session, below a slot, in no
  /// particular order; false if none is left. The caller begins with `Int.max`.
  mutating func removeNext(of session: SessionID, below slot: inout Int) -> Bool {
    guard let owner = sessions[session], let (id, _) = owner.ids.next(below: &slot) else {
      sessions[session] = nil
      silent.remove(session)
      return false
    }
    remove(id)
    return true
  }

  /// A session's pattern subscriptions.
  func patterns(of session: SessionID) -> SubscriptionNames {
    sessions[session]?.patterns ?? SubscriptionNames()
  }

  mutating func insertCondition(
    _ query: Query, id: WaitID, of session: SessionID, _ account: @autoclosure () -> MatchAccount
  ) {
    index.insert(query, id: id, owner: sessionWatchers(of: session, account()).owner)
    noteWork()
  }

  mutating func removeCondition(_ id: WaitID) {
    index.remove(id: id)
    noteWork()
  }

  private func noteWork() {
    load.work = index.broadCount * Work.event + index.patternCount * Work.patternInSet
    load.patterns = index.patternCount
  }

  private mutating func sessionWatchers(
    of session: SessionID, _ account: @autoclosure () -> MatchAccount
  ) -> SessionWatchers {
    if let known = sessions[session] { return known }
    let new = SessionWatchers(MatchOwner(session, account()))
    sessions[session] = new
    return new
  }

  // MARK: Changes

  /// Appends the events of a change, for all watchers that the record matches after it or has
  /// matched before it. A trigger that is not persistent is removed with its first event.
  /// Returns what it cost to match.
  mutating func notify(of change: Change, into effects: inout [Effect]) -> Int {
    var cost = 0
    var before: [TriggerID] = []
    var after: [TriggerID] = []
    if let record = change.before?.record { cost += index.collect(record, into: &before) }
    if let record = change.after?.record { cost += index.collect(record, into: &after) }
    var arrivals: [Delivery] = []
    var departures: [Delivery] = []
    for id in after {
      if !deliver(.set, to: id, &arrivals) {
        let isNew = !before.containsSorted(id)
        conditionChanges.append(
          ConditionChange(
            id: id, change: isNew ? 1 : 0, newMatch: isNew ? change.after?.record : nil))
      }
    }
    let kind: Event.Kind = change.after == nil ? .del : .out
    for id in before where !after.containsSorted(id) {
      if !deliver(kind, to: id, &departures) {
        conditionChanges.append(ConditionChange(id: id, change: -1))
      }
    }
    append(.set, change, arrivals, into: &effects)
    append(kind, change, departures, into: &effects)
    return cost + (arrivals.count + departures.count) * Work.delivery
  }

  /// Appends a delivery to a watcher if it wants this kind of event; false if the id is a
  /// condition's.
  private mutating func deliver(
    _ kind: Event.Kind, to id: TriggerID, _ deliveries: inout [Delivery]
  ) -> Bool {
    guard let watcher = watchers[id] else { return false }
    guard silent.isEmpty || !silent.contains(watcher.session) else { return true }
    switch watcher.role {
    case .trigger(let kinds, let isPersistent):
      guard kinds.contains(kind.requested) else { return true }
      deliveries.append(
        Delivery(session: watcher.session, sink: .trigger(id), isLast: !isPersistent))
      if !isPersistent { remove(id) }
    case .pattern(let source):
      deliveries.append(
        Delivery(session: watcher.session, sink: .pattern(source), isLast: false))
    }
    return true
  }

  private func append(
    _ kind: Event.Kind, _ change: Change, _ deliveries: [Delivery], into effects: inout [Effect]
  ) {
    guard !deliveries.isEmpty else { return }
    let event = Event(
      kind: kind, revision: change.revision, record: (change.after ?? change.before)?.record,
      previous: change.before?.revision ?? 0)
    effects.append(.event(event, deliveries))
  }

  /// Moves out the conditions that changed records have begun, gone on or ceased to match.
  mutating func takeConditionChanges() -> [ConditionChange] {
    defer { conditionChanges = [] }
    return conditionChanges
  }

  // MARK: Sets of regular expressions

  var hasPendingBuild: Bool { index.hasPendingBuild }
  mutating func pendingBuild() -> PatternSetBuild? { index.pendingBuild() }
  mutating func install(_ built: BuiltPatternSets) { index.install(built) }
}

/// What the triggers, pattern subscriptions and waits of all sessions add to each change.
// A class, so that the table of records reads it without a copy of this one.
final class WatchLoad {
  /// What trying and delivering adds to the work of a change, about.
  fileprivate(set) var work = 0
  /// How many regular expressions search each change.
  fileprivate(set) var patterns = 0
}

/// A changed record and the condition of a wait.
struct ConditionChange {
  let id: WaitID
  /// Whether the record has begun (1), gone on (0) or ceased (-1) to match.
  let change: Int
  /// The record, if it has begun to match.
  var newMatch: Record?
}

/// A trigger or a pattern subscription.
struct Watcher {
  let session: SessionID
  let query: Query
  let role: Role

  enum Role {
    case trigger(TriggerRequest.Kinds, isPersistent: Bool)
    /// A pattern subscription, with its query as the client wrote it.
    case pattern(source: [UInt8])
  }

  /// About how many bytes it occupies.
  var footprint: Int {
    let source = if case .pattern(let source) = role { source.count } else { 0 }
    return Footprint.watch + query.footprint + source
  }
}

/// A session's watchers.
// A class, so that it is changed in place.
private final class SessionWatchers {
  let owner: MatchOwner
  var ids = IDMap<Void>()
  var patterns = SubscriptionNames()

  init(_ owner: MatchOwner) { self.owner = owner }
}

extension Event.Kind {
  /// The kind of event that a trigger must have requested.
  fileprivate var requested: TriggerRequest.Kinds {
    switch self {
    case .set: .set
    case .del: .delete
    case .out: .out
    case .removed: []
    }
  }
}

extension [TriggerID] {
  fileprivate func containsSorted(_ id: TriggerID) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == id
  }
}
