import OctopusCollections
import OctopusMatching
import OctopusRecords
import OctopusStore

/// The subscriptions to published records, by their queries.
struct SubscriptionTable: ~Copyable {
  private var subscriptions = IDMap<Subscription>()
  private var index: PredicateIndex
  private var sessions = IDMap<SessionSubscriptions>()
  /// The ids of the latest matches. Their memory, unless it is much, is for the next.
  private(set) var matches: [Int64] = []
  /// About how many bytes subscriptions occupy.
  private(set) var footprint = 0

  init(_ meter: MatchMeter) { index = PredicateIndex(meter) }

  var count: Int { subscriptions.count }

  /// What one more of an account would add.
  func work(of query: Query, _ account: MatchAccount) -> Int { index.work(of: query, account) }

  /// The queries of a session's subscriptions.
  func names(of session: SessionID) -> SubscriptionNames {
    sessions[session]?.names ?? SubscriptionNames()
  }

  /// The subscriptions that a record matches, in the order in which they were made. Counts what it
  /// costs to match.
  mutating func subscribers(to record: Record, _ budget: Budget) -> [Subscriber] {
    guard !subscriptions.isEmpty else { return [] }
    budget.spend(index.collect(record, into: &matches))
    budget.spend(matches.count * Work.delivery)
    defer { if matches.capacity > 16_384 { matches = [] } }
    var subscribers: [Subscriber] = []
    subscribers.reserveCapacity(matches.count)
    for id in matches {
      guard let subscription = subscriptions[id] else { continue }
      subscribers.append(Subscriber(session: subscription.session, source: subscription.source))
    }
    return subscribers
  }

  /// - Parameter id: above those of all earlier subscriptions.
  mutating func insert(
    _ subscription: Subscription, id: Int64, _ account: @autoclosure () -> MatchAccount
  ) {
    subscriptions[id] = subscription
    footprint += subscription.footprint
    let session = sessionSubscriptions(of: subscription.session, account())
    session.names[subscription.source] = id
    index.insert(subscription.query, id: id, owner: session.owner)
  }

  private mutating func sessionSubscriptions(
    of session: SessionID, _ account: @autoclosure () -> MatchAccount
  ) -> SessionSubscriptions {
    if let known = sessions[session] { return known }
    let new = SessionSubscriptions(MatchOwner(session, account()))
    sessions[session] = new
    return new
  }

  /// Removes a session's subscription, if there is one with this query as its client wrote it.
  mutating func remove(_ source: [UInt8], of session: SessionID) {
    guard let names = sessions[session], let id = names.names[source] else { return }
    names.names[source] = nil
    remove(id)
  }

  /// Removes the next subscription of a session, below a slot, in no particular order; false if
  /// none is left. The caller begins with `Int.max`.
  mutating func removeNext(of session: SessionID, below slot: inout Int) -> Bool {
    guard let owner = sessions[session] else { return false }
    guard let id = owner.names.removeNext(below: &slot) else {
      sessions[session] = nil
      return false
    }
    remove(id)
    return true
  }

  private mutating func remove(_ id: Int64) {
    guard let subscription = subscriptions.removeValue(forKey: id) else { return }
    footprint -= subscription.footprint
    index.remove(id: id)
  }

  // MARK: Sets of regular expressions

  var hasPendingBuild: Bool { index.hasPendingBuild }
  mutating func pendingBuild() -> PatternSetBuild? { index.pendingBuild() }
  mutating func install(_ built: BuiltPatternSets) { index.install(built) }
}

// A class: to look one up takes one reference.
final class Subscription {
  let session: SessionID
  /// The query as the client wrote it.
  let source: [UInt8]
  let query: Query

  init(session: SessionID, source: [UInt8], query: Query) {
    self.session = session
    self.source = source
    self.query = query
  }

  /// About how many bytes it occupies.
  var footprint: Int { Footprint.watch + query.footprint + source.count }
}

// A class, so that it is changed in place.
private final class SessionSubscriptions {
  let owner: MatchOwner
  var names = SubscriptionNames()

  init(_ owner: MatchOwner) { self.owner = owner }
}
