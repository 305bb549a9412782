import OctopusRecords

/// Holds what all clients saw against what happened.
///
/// The truth is walked once, change by change; at each revision stand the state, what every watch must
/// have told, and what the reads said that reflect it.
package struct Checker {
  package private(set) var violations: [String]
  /// So much was looked at.
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

  private let truth: Truth
  private let stories: [Story]

  /// - Parameters:
  ///   - observer: the journal of one who observed everything.
  ///   - clients: those of all others.
  package init(observer: [Entry], clients: [[Entry]]) {
    truth = Truth(observer)
    stories = clients.flatMap(Story.all)
    violations = truth.violations + stories.flatMap(\.violations)
    counts.changes = truth.changes.count
    counts.sessions = stories.count
    walk()
    checkWrites()
    checkThatAllIsExplained()
    for story in stories {
      for subscription in story.subscriptions { check(subscription, of: story) }
    }
  }

  // MARK: Reads and events

  private mutating func walk() {
    var reads = stories.flatMap(\.reads).sorted { $0.revision < $1.revision }[...]
    var watches = stories.flatMap(\.watches).filter { $0.start != nil }
      .sorted { ($0.start ?? 0) < ($1.start ?? 0) }[...]
    var active: [WatchCheck] = []
    var state: [String: Record] = [:]
    counts.reads = reads.count
    counts.events = watches.reduce(0) { $0 + $1.seen.count }
    let inside = insideOfTransactions()
    for revision in truth.start...truth.end {
      if let change = truth[revision] {
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
      stories.flatMap(\.transactions).compactMap { TransactionCheck($0, truth).inside }
        .flatMap(Array.init))
  }

  private mutating func check(_ read: Story.Read, _ state: [String: Record], _ inside: Set<Int64>) {
    if read.revision < truth.start {
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
    _ seen: [String], _ read: Story.Read, _ state: [String: Record], _ shown: (Record) -> String
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
    for story in stories {
      for written in story.written {
        counts.writes += 1
        guard isRight(written) else {
          violations.append("\(story.name): \(written) is lost")
          continue
        }
      }
      for transaction in story.transactions {
        counts.writes += transaction.writes.count
        violations += TransactionCheck(transaction, truth).violations.map { "\(story.name): \($0)" }
      }
      for (revision, text) in story.found where truth[revision]?.after?.description != text {
        violations.append("\(story.name) found \(text) of @\(revision), which never was")
      }
      counts.transactions += story.transactions.count
    }
  }

  private func isRight(_ written: Story.Written) -> Bool {
    guard let change = truth[written.revision] else { return false }
    switch written.deed {
    case .set(let text): return change.after?.description == text
    case .numbered(let name): return change.before == nil && change.after?.name == name
    case .added(let query, let attribute, let amount, let text):
      let before = change.before?.record[attribute]?.integer ?? 0
      return change.before.map { query.matches($0.record) } ?? false
        && change.after?[attribute]?.integer == before + amount
        && change.after?.description == text
    case .deleted(let query, let count):
      return (written.revision - count + 1...written.revision).allSatisfy { revision in
        truth[revision].map { $0.after == nil && query.matches($0.record) } ?? false
      }
    }
  }

  /// Every change was asked for by someone who was told so, or by one whose connection was cut, or is
  /// the end of one.
  private mutating func checkThatAllIsExplained() {
    let acknowledged = acknowledgedRevisions()
    let doubtful = stories.filter { $0.isCut || $0.unanswered != nil }
    let owners = Dictionary(grouping: stories, by: \.name)
    for change in truth.changes where !acknowledged.contains(change.revision) {
      let owner = change.record["by"]?.text ?? ""
      if change.after == nil, change.record["life"]?.text == "transient" {
        // Gone with its owner, who has seen nothing of later.
        let lived = owners[owner]?.map(\.lastRevision).max() ?? .max
        if lived < change.revision { continue }
      }
      let isPossible =
        doubtful.contains { change.after == nil || $0.name == owner }
        || change.after != nil
          && doubtful.contains { $0.unanswered?[0] == "UPDATE" || $0.unanswered?[0] == "EXEC" }
      if !isPossible { violations.append("nobody asked for @\(change.revision): \(change.record)") }
    }
  }

  private func acknowledgedRevisions() -> Set<Int64> {
    var revisions: Set<Int64> = []
    for story in stories {
      for written in story.written {
        if case .deleted(_, let count) = written.deed {
          revisions.formUnion(written.revision - count + 1...written.revision)
        } else {
          revisions.insert(written.revision)
        }
      }
      for transaction in story.transactions { revisions.formUnion(transaction.revisions ?? 0...0) }
    }
    return revisions
  }

  // MARK: Messages

  private mutating func check(_ subscription: Story.Subscription, of story: Story) {
    counts.messages += subscription.messages.count
    let heard = Dictionary(grouping: subscription.messages) { $0.record["by"]?.text ?? "" }
    for publisher in stories {
      check(heard[publisher.name] ?? [], subscription, story, from: publisher)
    }
    for name in heard.keys where !stories.contains(where: { $0.name == name }) {
      violations.append("\(story.name) heard \(name), who never spoke")
    }
  }

  /// What one hears of another is all that was published while it listened, once and in order.
  private mutating func check(
    _ heard: [Story.Subscription.Message], _ subscription: Story.Subscription, _ story: Story,
    from publisher: Story
  ) {
    let wanted = publisher.published.filter { subscription.query.matches($0.record) }
    let certain = wanted.indices.filter { index in
      wanted[index].sent > subscription.since
        && wanted[index].acknowledged ?? .max < subscription.until
    }
    let what = "\(story.name) '\(subscription.source)' from \(publisher.name)"
    // Of one that was cut off, the last may have been heard and never acknowledged.
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
