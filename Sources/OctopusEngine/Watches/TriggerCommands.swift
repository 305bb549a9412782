import OctopusRecords

// TRIGGER, UNTRIGGER, OBSERVE, PSUBSCRIBE, PUNSUBSCRIBE.

extension Engine {
  /// Installs a trigger beside an outcome; answers its id, or null if WHEN does not hold.
  mutating func install(
    _ request: TriggerRequest, on query: Query?, beside outcome: Outcome, by session: SessionID,
    in transaction: Transaction
  ) throws(Failure) -> Reply {
    guard let query else { throw Failure(.syntax, "TRIGGER takes exactly one query") }
    switch request.when {
    case .found where !outcome.isFound, .missing where outcome.isFound: return .null
    default: break
    }
    let role = Watcher.Role.trigger(request.kinds, isPersistent: request.isPersistent)
    return .integer(
      try add(Watcher(session: session, query: query, role: role), in: transaction))
  }

  /// Gives a trigger its id. It watches from the commit on.
  private mutating func add(
    _ trigger: Watcher, in transaction: Transaction
  ) throws(Failure) -> TriggerID {
    transaction.installedWork += try checkWatchWork(
      trigger.query, trigger.session, beside: transaction.installedWork)
    let id = try takeWatchID(for: trigger.session, in: transaction)
    transaction.installed[id] = trigger
    return id
  }

  /// An id for another trigger or wait of a session, beside those of its transaction.
  mutating func takeWatchID(
    for session: SessionID, in transaction: Transaction? = nil
  ) throws(Failure) -> Int64 {
    let more = transaction?.installed.count ?? 0
    guard watchCount(of: session) + more < bounds.watchesPerSession else {
      throw Failure(
        .limit, "this session has \(bounds.watchesPerSession) triggers and waits already")
    }
    return watches.takeID()
  }

  /// How many triggers, pattern subscriptions and waits a session has.
  private func watchCount(of session: SessionID) -> Int {
    watches.count(of: session) + waits.count(of: session)
  }

  mutating func untrigger(
    _ id: TriggerID, by session: SessionID, in transaction: Transaction
  ) throws(Failure) -> Reply {
    let known = transaction.installed[id] ?? watches[id]
    guard let known, known.session == session, case .trigger = known.role,
      !transaction.removed.contains(id)
    else { throw Failure(.noTrigger, "this session has no trigger \(id)") }
    transaction.removed.append(id)
    return .integer(1)
  }

  mutating func observe(
    _ query: Query, by session: SessionID, in transaction: Transaction
  ) throws(Failure) -> Reply {
    let matches = try snapshot(of: query)
    let role = Watcher.Role.trigger(.any, isPersistent: true)
    let trigger = Watcher(session: session, query: query, role: role)
    let id = try add(trigger, in: transaction)
    return .array([.integer(id), .integer(records.revision), .records(matches)])
  }

  /// The present matches, all in one step.
  private func snapshot(of query: Query) throws(Failure) -> [Record] {
    do throws(Failure) {
      return try matches(query)
    } catch {
      guard error.code == .limit, error != .needsIndex else { throw error }
      throw .snapshotTooLarge
    }
  }

  // MARK: Pattern subscriptions

  /// OBSERVE for any Redis library: the present matches, then every change.
  mutating func patternSubscribe(
    _ queries: [QuerySource], by session: SessionID
  ) throws(Failure) -> Reply {
    guard watchCount(of: session) + queries.count <= bounds.watchesPerSession else {
      throw tooManySubscriptions
    }
    var snapshots: [Acknowledgement.Snapshot] = []
    for query in queries {
      snapshots.append(
        Acknowledgement.Snapshot(records: try snapshot(of: query.query), revision: records.revision)
      )
    }
    let wanted = queries.map {
      (
        source: $0.source,
        watch: Watcher(session: session, query: $0.query, role: .pattern(source: $0.source))
      )
    }
    let new = watches.patterns(of: session).new(wanted)
    try checkMemory(for: new.reduce(0) { $0 + $1.footprint })
    var work = 0
    for watcher in new {
      work += try checkWatchWork(watcher.query, session, beside: work)
    }
    return .acknowledgements(
      zip(wanted, snapshots).map { subscription, snapshot in
        if watches.patterns(of: session)[subscription.source] == nil {
          watches.insert(
            subscription.watch, id: watches.takeID(), sessions.changeAccount(of: session))
        }
        return acknowledgement(
          .patternSubscribed, subscription.source, session, snapshot: snapshot)
      })
  }

  /// Ends pattern subscriptions; all of the session's if no queries are given.
  mutating func patternUnsubscribe(_ sources: [[UInt8]], by session: SessionID) -> Reply {
    let all = watches.patterns(of: session).inOrder.map(\.source)
    let sources = sources.isEmpty ? all : sources
    return acknowledgeEach(sources, .patternUnsubscribed, session) { engine, source in
      if let id = engine.watches.patterns(of: session)[source] { engine.watches.remove(id) }
    }
  }
}
