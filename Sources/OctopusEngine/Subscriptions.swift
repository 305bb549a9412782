import OctopusRecords
import OctopusStore

// PUBLISH and SUBSCRIBE, PSUBSCRIBE, and the end of a session.

extension Engine {
  /// PUBLISH by itself.
  mutating func publish(
    _ record: Record, _ origin: Origin, into effects: inout [Effect]
  ) throws(Failure) {
    try authorize(record, origin.session)
    let subscribers = subscribers(to: record)
    let count = Engine.sessionCount(subscribers)
    if count > 0 { effects.append(.message(record, subscribers, revision)) }
    effects.append(.reply(origin.session, origin.request, .integer(Int64(count)), revision))
  }

  /// PUBLISH in a transaction. Answers how many sessions the record is for.
  mutating func publish(
    _ record: Record, _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    try authorize(record, session)
    let subscribers = subscribers(to: record)
    if subscribers.isEmpty { return .integer(0) }
    step.messages += subscribers.count
    guard step.published.isEmpty || step.messages <= bounds.stepEvents else {
      throw Failure(
        .limit, "one step has more than \(bounds.stepEvents) messages: publish in several")
    }
    step.published.append((record, subscribers))
    return .integer(Int64(Engine.sessionCount(subscribers)))
  }

  private mutating func subscribers(to record: Record) -> [Subscriber] {
    guard !subscriptions.isEmpty else { return [] }
    subscribed.collect(record, into: &hearers)
    defer { if hearers.capacity > 16_384 { hearers = [] } }
    var subscribers: [Subscriber] = []
    subscribers.reserveCapacity(hearers.count)
    for id in hearers {
      guard let subscription = subscriptions[id], isVisible(record, to: subscription.session)
      else { continue }
      subscribers.append(Subscriber(session: subscription.session, source: subscription.source))
    }
    return subscribers
  }

  /// How many different sessions hear of it. They mostly stand in order already.
  private static func sessionCount(_ subscribers: [Subscriber]) -> Int {
    if subscribers.count <= 1 { return subscribers.count }
    let sessions = subscribers.map(\.session).sorted()
    return zip(sessions, sessions.dropFirst()).count { $0 != $1 } + 1
  }

  mutating func subscribe(
    _ queries: [(source: [UInt8], query: Query)], _ session: SessionID
  ) throws(Failure) -> Reply {
    try checkRoom(for: queries.count, session)
    let wanted = queries.map { Subscription(session: session, source: $0.source, query: $0.query) }
    let new = sessions[session]?.subscriptions.new(wanted.map { ($0.source, $0) }) ?? []
    try checkMemory(for: new.reduce(0) { $0 + $1.footprint })
    var acknowledgements: [Acknowledgement] = []
    for subscription in wanted {
      let source = subscription.source
      if sessions[session]?.subscriptions[source] == nil {
        lastID += 1
        subscriptions[lastID] = subscription
        watchFootprint += subscription.footprint
        subscribed.insert(subscription.query, id: lastID)
        sessions[session]?.subscriptions[source] = lastID
      }
      acknowledgements.append(acknowledgement(.subscribe, source, session))
    }
    return .acknowledgements(acknowledgements)
  }

  mutating func unsubscribe(_ sources: [[UInt8]], _ session: SessionID) -> Reply {
    let all = sessions[session]?.subscriptions.inOrder.map(\.source) ?? []
    return leave(sources.isEmpty ? all : sources, .unsubscribe, session) { engine, source in
      if let id = engine.sessions[session]?.subscriptions[source] {
        engine.sessions[session]?.subscriptions[source] = nil
        engine.dropSubscription(id)
      }
    }
  }

  /// OBSERVE for any Redis library: what matches now, then every change.
  mutating func patternSubscribe(
    _ queries: [(source: [UInt8], query: Query)], _ session: SessionID, _ step: Step
  ) throws(Failure) -> Reply {
    let held = sessions[session].map { $0.watchers.count + $0.waits.count } ?? 0
    guard held + queries.count <= bounds.watchesPerSession else { throw tooMany }
    let snapshots = try snapshots(queries.map(\.query), session)
    let wanted = queries.map { source, query in
      (source, Watcher(session: session, query: query, role: .pattern(source: source)))
    }
    let new = sessions[session]?.patterns.new(wanted) ?? []
    try checkMemory(for: new.reduce(0) { $0 + $1.footprint })
    var acknowledgements: [Acknowledgement] = []
    for (place, (source, watcher)) in wanted.enumerated() {
      if sessions[session]?.patterns[source] == nil {
        let id = try add(watcher, step)
        sessions[session]?.patterns[source] = id
      }
      acknowledgements.append(
        acknowledgement(.psubscribe, source, session, snapshots[place]))
    }
    return .acknowledgements(acknowledgements)
  }

  mutating func patternUnsubscribe(_ sources: [[UInt8]], _ session: SessionID) -> Reply {
    let all = sessions[session]?.patterns.inOrder.map(\.source) ?? []
    return leave(sources.isEmpty ? all : sources, .punsubscribe, session) { engine, source in
      if let id = engine.sessions[session]?.patterns[source] {
        engine.sessions[session]?.patterns[source] = nil
        engine.drop(id)
      }
    }
  }

  /// First the session's triggers, subscriptions and waits, then its transient records in the order
  /// of their creation, a revision each.
  mutating func end(_ session: SessionID, into effects: inout [Effect]) {
    guard let ended = sessions.removeValue(forKey: session) else { return }
    for id in ended.watchers { drop(id) }
    for id in ended.waits.all { drop(wait: id) }
    for (_, id) in ended.subscriptions.inOrder { dropSubscription(id) }
    let step = Step(after: revision)
    let rows = ended.owned.values.map { store[$0] }.sorted { $0.created < $1.created }
    for row in rows {
      // Only the end of all revisions refuses this; then the record stays, owned by nobody alive.
      try? erase(row, step)
    }
    commit(step, into: &effects)
  }

  // MARK: Parts

  private mutating func leave(
    _ sources: [[UInt8]], _ kind: Acknowledgement.Kind, _ session: SessionID,
    _ remove: (inout Engine, [UInt8]) -> Void
  ) -> Reply {
    guard !sources.isEmpty else {
      return .acknowledgements([acknowledgement(kind, nil, session)])
    }
    var acknowledgements: [Acknowledgement] = []
    for source in sources {
      remove(&self, source)
      acknowledgements.append(acknowledgement(kind, source, session))
    }
    return .acknowledgements(acknowledgements)
  }

  private func acknowledgement(
    _ kind: Acknowledgement.Kind, _ source: [UInt8]?, _ session: SessionID,
    _ snapshot: Acknowledgement.Snapshot? = nil
  ) -> Acknowledgement {
    Acknowledgement(
      kind: kind, source: source, count: sessions[session]?.subscriptionCount ?? 0,
      snapshot: snapshot)
  }

  private func snapshots(
    _ queries: [Query], _ session: SessionID
  ) throws(Failure) -> [Acknowledgement.Snapshot] {
    var snapshots: [Acknowledgement.Snapshot] = []
    for query in queries {
      let records = try records(query, Page(), session)
      snapshots.append(Acknowledgement.Snapshot(records: records, revision: revision))
    }
    return snapshots
  }

  private func checkRoom(for more: Int, _ session: SessionID) throws(Failure) {
    let held = sessions[session]?.subscriptionCount ?? 0
    guard held + more <= bounds.watchesPerSession else { throw tooMany }
  }

  private var tooMany: Failure {
    Failure(.limit, "this session has \(bounds.watchesPerSession) subscriptions already")
  }

  private mutating func dropSubscription(_ id: Int64) {
    guard let subscription = subscriptions.removeValue(forKey: id) else { return }
    watchFootprint -= subscription.footprint
    subscribed.remove(id: id)
  }
}
