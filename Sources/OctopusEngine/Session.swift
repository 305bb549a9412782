import OctopusCollections
import OctopusRecords
import OctopusStore

/// One client's presence: what ends with it.
// A class, so that it is changed in place; an engine never shares one.
final class Session {
  let principal: Principal
  /// Its triggers and pattern subscriptions.
  var watchers: Set<TriggerID> = []
  var waits = HeldWaits()
  /// Its subscriptions, by the query as it was written, in the order of their coming.
  var subscriptions = NamedWatches()
  var patterns = NamedWatches()
  /// The rows that it owns, by the revisions at which their records came to be.
  var owned = IDMap<RowID>()

  /// Of both kinds together.
  var subscriptionCount: Int { subscriptions.count + patterns.count }

  init(principal: Principal) { self.principal = principal }
}

/// A session's waits, by how they are answered. Mostly there is one, of a request.
struct HeldWaits {
  private var request: (id: RequestID, wait: WaitID)?
  private var others: [Wait.Handle: WaitID] = [:]

  var count: Int { others.count + (request == nil ? 0 : 1) }

  /// In no order that means anything.
  var all: [WaitID] { others.values + (request.map { [$0.wait] } ?? []) }

  subscript(handle: Wait.Handle) -> WaitID? {
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

/// Ids by the query as its client wrote it. Ids grow, so their order is the order of coming.
struct NamedWatches {
  private var ids: [[UInt8]: Int64] = [:]

  var count: Int { ids.count }
  var inOrder: [(source: [UInt8], id: Int64)] {
    ids.map { ($0.key, $0.value) }.sorted { $0.1 < $1.1 }
  }

  /// Those whose source is not among these yet, the first of each source.
  func new<Watch>(_ wanted: [(source: [UInt8], watch: Watch)]) -> [Watch] {
    var sources: Set<[UInt8]> = []
    return wanted.filter { ids[$0.source] == nil && sources.insert($0.source).inserted }
      .map(\.watch)
  }

  subscript(source: [UInt8]) -> Int64? {
    get { ids[source] }
    set { ids[source] = newValue }
  }
}

/// Something that hears of changes.
struct Watcher {
  let session: SessionID
  let query: Query
  var role: Role

  enum Role {
    case trigger(TriggerRequest.Kinds, isPersistent: Bool)
    /// A pattern subscription.
    case pattern(source: [UInt8])
  }
}

/// Something that hears of published records.
// A class: to look one up takes one reference.
final class Subscription {
  let session: SessionID
  let source: [UInt8]
  let query: Query

  init(session: SessionID, source: [UInt8], query: Query) {
    self.session = session
    self.source = source
    self.query = query
  }
}
