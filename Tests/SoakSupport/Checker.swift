import OctopusRecords

/// Checks what all clients saw against the store's history.
///
/// The history is walked once, change by change. At each revision, the checker compares the state
/// with the reads that reflect it, and the changes with the events of every watch.
package struct Checker {
  package private(set) var violations: [String]
  /// The numbers of things checked.
  package private(set) var counts = Counts()

  package struct Counts: Sendable {
    package var changes = 0
    package var events = 0
    package var reads = 0
    package var writes = 0
    package var transactions = 0
    package var messages = 0
    package var sessions = 0

    package init() {}

    package static func += (a: inout Counts, b: Counts) {
      a.changes += b.changes
      a.events += b.events
      a.reads += b.reads
      a.writes += b.writes
      a.transactions += b.transactions
      a.messages += b.messages
      a.sessions += b.sessions
    }
  }

  private let store: StoreHistory
  private let sessions: [SessionHistory]

  /// - Parameters:
  ///   - observer: the journal of the client that observed everything.
  ///   - clients: those of all others.
  package init(observer: [Entry], clients: [[Entry]]) {
    let store = StoreHistory(observer)
    self.init(store, clients.flatMap(SessionHistory.all))
    if !store.restored.isEmpty { violations.append("the store was not empty") }
  }

  /// - Parameter sessions: those of the store's life.
  init(_ store: StoreHistory, _ sessions: [SessionHistory]) {
    self.store = store
    self.sessions = sessions
    violations = store.violations + sessions.flatMap(\.violations)
    counts.changes = store.changes.count
    counts.sessions = sessions.count
    walk()
    checkWrites()
    checkThatAllIsExplained()
    for session in sessions {
      for subscription in session.subscriptions { check(subscription, of: session) }
    }
  }

  // MARK: Reads and events

  private mutating func walk() {
    var reads = sessions.flatMap(\.reads).sorted { $0.revision < $1.revision }[...]
    var watches = sessions.flatMap(\.watches).filter { $0.start != nil }
      .sorted { ($0.start ?? 0) < ($1.start ?? 0) }[...]
    var active: [WatchCheck] = []
    var state = store.restored.mapValues(\.record)
    counts.reads = reads.count
    counts.events = watches.reduce(0) { $0 + $1.seen.count }
    let inside = insideOfTransactions()
    for revision in store.start...store.end {
      if let change = store[revision] {
        while let watch = watches.first, watch.start ?? 0 < revision {
          watches.removeFirst()
          if let check = WatchCheck(watch) { active.append(check) }
        }
        for index in active.indices { active[index].follow(change) }
        if revision % 64 == 0 { retire(&active) }
        state[change.record.name] = change.after
      }
      while let read = reads.first, read.revision <= revision {
        reads.removeFirst()
        check(read, state, inside)
      }
    }
    for read in reads { violations.append("a read of @\(read.revision), which never was") }
    active += watches.compactMap(WatchCheck.init)
    for index in active.indices { active[index].finish() }
    violations += active.compactMap(\.violation)
  }

  private mutating func retire(_ active: inout [WatchCheck]) {
    violations += active.filter(\.isDone).compactMap(\.violation)
    active.removeAll(where: \.isDone)
  }

  /// The revisions that nobody may see but the transaction that made them.
  private func insideOfTransactions() -> Set<Int64> {
    Set(
      sessions.flatMap(\.transactions).compactMap { TransactionCheck($0, store).inside }
        .flatMap(Array.init))
  }

  private mutating func check(
    _ read: SessionHistory.Read, _ state: [String: Record], _ inside: Set<Int64>
  ) {
    if read.revision < store.start {
      violations.append("a read of @\(read.revision), before the beginning")
    }
    if !read.isInTransaction, inside.contains(read.revision) {
      violations.append("a read of @\(read.revision), within another's transaction")
    }
    switch read.answer {
    case .records(let texts): compare(texts, read, state) { $0.description }
    case .names(let names):
      compare(names, read, state) { String($0.description.prefix { $0 != " " }) }
    case .exists(let queries, let count):
      let found = queries.count { query in state.values.contains { query.matches($0) } }
      if found != count {
        violations.append("@\(read.revision) EXISTS \(queries): \(count), not \(found)")
      }
    }
  }

  private mutating func compare(
    _ seen: [String], _ read: SessionHistory.Read, _ state: [String: Record],
    _ shown: (Record) -> String
  ) {
    let matches = state.values.filter { read.query.matches($0) }
      .filter { record in read.after.map { Self.precedes($0, record.name) } ?? true }
      .sorted { Self.precedes($0.name, $1.name) }
      .prefix(read.limit).map(shown)
    if seen != matches {
      violations.append("@\(read.revision) '\(read.query)': read \(seen), not \(matches)")
    }
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    Array(a.utf8).withUnsafeBufferPointer { a in
      Array(b.utf8).withUnsafeBufferPointer { b in compareNaturally(a, b) < 0 }
    }
  }

  // MARK: Writes

  private mutating func checkWrites() {
    for session in sessions {
      for written in session.written {
        counts.writes += 1
        guard isRight(written) else {
          violations.append("\(session.name): \(written) is lost")
          continue
        }
      }
      for transaction in session.transactions {
        counts.writes += transaction.writes.count
        violations += TransactionCheck(transaction, store).violations.map {
          "\(session.name): \($0)"
        }
      }
      for (revision, text) in session.found where store.record(setAt: revision)?.description != text
      {
        violations.append("\(session.name) found \(text) of @\(revision), which never was")
      }
      counts.transactions += session.transactions.count
    }
  }

  private func isRight(_ written: SessionHistory.Written) -> Bool {
    guard let change = store[written.revision] else { return false }
    switch written.effect {
    case .set(let text): return change.after?.description == text
    case .numbered(let name), .joined(let name):
      return change.before == nil && change.after?.name == name
    case .added(let query, let attribute, let amount, let text):
      let before = change.before?.record[attribute]?.integer ?? 0
      return change.before.map { query.matches($0.record) } ?? false
        && change.after?[attribute]?.integer == before + amount
        && change.after?.description == text
    case .deleted(let query, let count):
      return (written.revision - count + 1...written.revision).allSatisfy { revision in
        store[revision].map { $0.after == nil && query.matches($0.record) } ?? false
      }
    }
  }

  /// Every change was asked for by someone who was told so, or by one whose connection was cut, or
  /// is the end of one.
  private mutating func checkThatAllIsExplained() {
    let acknowledged = acknowledgedRevisions()
    let doubts = sessions.compactMap(Doubt.init)
    let owners = Dictionary(grouping: sessions, by: \.name)
    let unexplained = store.changes.filter { !acknowledged.contains($0.revision) }
    for change in unexplained {
      let ofOwner = owners[change.record["by"]?.text ?? ""] ?? []
      if change.after == nil, change.record["life"]?.text == "transient" {
        // Gone with its owner, who has seen nothing of later.
        if let lived = ofOwner.map(\.lastRevision).max(), lived < change.revision { continue }
      }
      let isPossible =
        ofOwner.contains { $0.queues(change) } || doubts.contains { $0.explains(change) }
      if !isPossible { violations.append("nobody asked for @\(change.revision): \(change.record)") }
    }
    violations += doubts.compactMap { $0.violation(unexplained) }
  }

  private func acknowledgedRevisions() -> Set<Int64> {
    var revisions: Set<Int64> = []
    for session in sessions {
      for written in session.written {
        if case .deleted(_, let count) = written.effect {
          revisions.formUnion(written.revision - count + 1...written.revision)
        } else {
          revisions.insert(written.revision)
        }
      }
      for transaction in session.transactions {
        revisions.formUnion(transaction.revisions ?? 0...0)
      }
    }
    return revisions
  }

  // MARK: Messages

  private mutating func check(
    _ subscription: SessionHistory.Subscription, of session: SessionHistory
  ) {
    counts.messages += subscription.messages.count
    let heard = Dictionary(grouping: subscription.messages) { $0.record["by"]?.text ?? "" }
    for publisher in sessions {
      check(heard[publisher.name] ?? [], subscription, session, from: publisher)
    }
    for name in heard.keys where !sessions.contains(where: { $0.name == name }) {
      violations.append("\(session.name) heard \(name), who never spoke")
    }
  }

  /// What one hears of another is all that was published while it listened, once and in order.
  private mutating func check(
    _ heard: [SessionHistory.Subscription.Message], _ subscription: SessionHistory.Subscription,
    _ session: SessionHistory,
    from publisher: SessionHistory
  ) {
    let wanted = publisher.published.filter { subscription.query.matches($0.record) }
    let certain = wanted.indices.filter { index in
      wanted[index].sent > subscription.since
        && wanted[index].acknowledged ?? .max < subscription.until
    }
    let what = "\(session.name) '\(subscription.source)' from \(publisher.name)"
    // The last message of a killed publisher may have arrived without being acknowledged.
    var heard = heard
    if publisher.isCut || publisher.unanswered != nil {
      let last = publisher.published.last?.number ?? -1
      heard.removeAll { $0.record["n"]?.integer ?? -1 > last }
    }
    guard let first = heard.first else {
      if let lost = certain.first { violations.append("\(what): lost \(wanted[lost].record)") }
      return
    }
    guard let start = wanted.firstIndex(where: { $0.record == first.record }),
      wanted[start...].prefix(heard.count).map(\.record) == heard.map(\.record)
    else {
      violations.append(
        "\(what): heard \(heard.map(\.record)), not \(wanted.map(\.record))")
      return
    }
    for (wanted, heard) in zip(wanted[start...], heard)
    where wanted.sent > subscription.since && wanted.acknowledged ?? .max < heard.since {
      violations.append("\(what): late: \(heard.record)")
    }
    if let lost = certain.first(where: { $0 < start || $0 >= start + heard.count }) {
      violations.append("\(what): lost \(wanted[lost].record)")
    }
  }
}
