import OctopusCollections
import OctopusMatching
import OctopusRecords
import OctopusStore

/// The subscriptions to published records, by their queries.
struct SubscriptionTable: ~Copyable {
  private var subscriptions = IDMap<Subscription>()
  private var index = PredicateIndex()
  private var sessions = IDMap<SessionSubscriptions>()
  /// The ids of the latest matches. Their memory, unless it is much, is for the next.
  private(set) var matches: [Int64] = []
  /// About how many bytes subscriptions occupy.
  private(set) var footprint = 0

  var count: Int { subscriptions.count }

  /// What the subscriptions of a session add to the work of each message.
  func work(of session: SessionID) -> Int { sessions[session]?.work ?? 0 }

  /// What one more would add; 0 if it is found by one name or value.
  func work(of query: Query) -> Int { index.work(of: query) }

  /// How many subscriptions of a session are found by the same name or value as a query; looked at
  /// only if they are more than `most` in all.
  func equals(of query: Query, _ session: SessionID, ifMoreThan most: Int) -> Int {
    index.equals(of: query, ifMoreThan: most) { subscriptions[$0]?.session == session }
  }

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
  mutating func insert(_ subscription: Subscription, id: Int64) {
    subscriptions[id] = subscription
    footprint += subscription.footprint
    index.insert(subscription.query, id: id)
    let session = subscription.session
    if sessions[session] == nil { sessions[session] = SessionSubscriptions() }
    sessions[session]?.names[subscription.source] = id
    sessions[session]?.work += index.work(id: id)
  }

  /// Removes a session's subscription, if there is one with this query as its client wrote it.
  mutating func remove(_ source: [UInt8], of session: SessionID) {
    guard let names = sessions[session], let id = names.names[source] else { return }
    names.names[source] = nil
    remove(id)
  }

  /// Forgets which subscriptions are a session's, and answers them. They are still to be removed.
  mutating func disown(_ session: SessionID) -> [Int64] {
    Array(sessions.removeValue(forKey: session)?.names.ids.values ?? [:].values)
  }

  mutating func remove(_ id: Int64) {
    guard let subscription = subscriptions.removeValue(forKey: id) else { return }
    footprint -= subscription.footprint
    sessions[subscription.session]?.work -= index.work(id: id)
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
  var names = SubscriptionNames()
  /// What they add to the work of each message.
  var work = 0
}
