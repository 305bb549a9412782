import OctopusRecords

// PUBLISH, SUBSCRIBE, UNSUBSCRIBE.

extension Engine {
  /// PUBLISH as a step by itself. It changes nothing, so it needs no transaction.
  mutating func publish(
    _ record: Record, _ origin: Origin, into effects: inout [Effect]
  ) throws(Failure) {
    let subscribers = try subscribers(to: record, by: origin.session)
    if !subscribers.isEmpty { effects.append(.message(record, subscribers, records.revision)) }
    let count = Int64(sessionCount(subscribers))
    effects.append(.reply(origin.session, origin.request, .integer(count), records.revision))
  }

  /// The subscribers of a record that a session publishes.
  private mutating func subscribers(
    to record: Record, by session: SessionID
  ) throws(Failure) -> [Subscriber] {
    try authorize(record, session)
    guard !records.budget.isSpent else { throw .tooManyWrites }
    return subscriptions.subscribers(to: record, records.budget)
  }

  /// PUBLISH in a transaction: the message goes out at the commit.
  mutating func publish(
    _ record: Record, by session: SessionID, in transaction: Transaction
  ) throws(Failure) -> Reply {
    let subscribers = try subscribers(to: record, by: session)
    if subscribers.isEmpty { return .integer(0) }
    transaction.publish(record, to: subscribers)
    guard transaction.messages.count == 1 || transaction.deliveries <= bounds.stepEvents else {
      throw Failure(
        .limit, "one step has more than \(bounds.stepEvents) messages: publish in several")
    }
    return .integer(Int64(sessionCount(subscribers)))
  }

  /// How many different sessions subscribers belong to. Mostly they stand in the order of these.
  private func sessionCount(_ subscribers: [Subscriber]) -> Int {
    if subscribers.count <= 1 { return subscribers.count }
    let sessions = subscribers.map(\.session).sorted()
    return zip(sessions, sessions.dropFirst()).count { $0 != $1 } + 1
  }

  mutating func subscribe(
    _ queries: [QuerySource], by session: SessionID
  ) throws(Failure) -> Reply {
    guard subscriptionCount(of: session) + queries.count <= bounds.watchesPerSession else {
      throw tooManySubscriptions
    }
    let wanted = queries.map {
      (
        source: $0.source,
        watch: Subscription(session: session, source: $0.source, query: $0.query)
      )
    }
    let new = subscriptions.names(of: session).new(wanted)
    try checkMemory(for: new.reduce(0) { $0 + $1.footprint })
    try checkSubscriptionWork(new.map(\.query), session)
    return .acknowledgements(
      wanted.map { source, subscription in
        if subscriptions.names(of: session)[source] == nil {
          subscriptions.insert(
            subscription, id: watches.takeID(), sessions.messageAccount(of: session))
        }
        return acknowledgement(.subscribed, source, session)
      })
  }

  /// Ends subscriptions; all of the session's if no queries are given.
  mutating func unsubscribe(_ sources: [[UInt8]], by session: SessionID) -> Reply {
    let all = subscriptions.names(of: session).inOrder.map(\.source)
    return acknowledgeEach(sources.isEmpty ? all : sources, .unsubscribed, session) {
      $0.subscriptions.remove($1, of: session)
    }
  }

  // MARK: Subscriptions of both kinds

  /// Carries out an operation for each query and acknowledges it. Without queries, one
  /// acknowledgement says so.
  mutating func acknowledgeEach(
    _ sources: [[UInt8]], _ kind: Acknowledgement.Kind, _ session: SessionID,
    _ body: (inout Engine, [UInt8]) -> Void
  ) -> Reply {
    guard !sources.isEmpty else {
      return .acknowledgements([acknowledgement(kind, nil, session)])
    }
    var acknowledgements: [Acknowledgement] = []
    for source in sources {
      body(&self, source)
      acknowledgements.append(acknowledgement(kind, source, session))
    }
    return .acknowledgements(acknowledgements)
  }

  func acknowledgement(
    _ kind: Acknowledgement.Kind, _ source: [UInt8]?, _ session: SessionID,
    snapshot: Acknowledgement.Snapshot? = nil
  ) -> Acknowledgement {
    Acknowledgement(
      kind: kind, source: source, count: subscriptionCount(of: session), snapshot: snapshot)
  }

  private func subscriptionCount(of session: SessionID) -> Int {
    subscriptions.names(of: session).count + watches.patterns(of: session).count
  }

  var tooManySubscriptions: Failure {
    Failure(.limit, "this session has \(bounds.watchesPerSession) subscriptions already")
  }
}
