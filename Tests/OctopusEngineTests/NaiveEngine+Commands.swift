import OctopusRecords

@testable import OctopusEngine

// What each command means, in the plainest way.
extension NaiveEngine {
  private struct Answer {
    var reply: Reply
    var revision: Revision
    var isFound = false
    var watched: Query?
  }

  /// Nil: it waits.
  mutating func perform(
    _ command: Command, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant,
    _ work: inout Work
  ) throws(Failure) -> Reply? {
    if case .waitFor(let query, let condition, let timeout) = command.operation {
      return wait(query, condition, timeout, session, handle, now)
    }
    for name in written(by: command.operation) { try authorize(name, session) }
    let answer = try answer(command.operation, session, &work)
    guard command.trigger != nil || command.wantsRevision else {
      if case .error(let failure) = answer.reply { throw failure }
      return answer.reply
    }
    if case .error(let failure) = answer.reply, command.trigger == nil { throw failure }
    var parts = [answer.reply]
    if let trigger = command.trigger {
      parts.append(try install(trigger, answer, session, &work))
    }
    if command.wantsRevision { parts.append(.integer(answer.revision)) }
    return .array(parts)
  }

  private mutating func install(
    _ trigger: TriggerRequest, _ answer: Answer, _ session: SessionID, _ work: inout Work
  ) throws(Failure) -> Reply {
    guard let query = answer.watched else { throw Failure(.syntax, "") }
    if trigger.when == .found, !answer.isFound { return .null }
    if trigger.when == .missing, answer.isFound { return .null }
    let id = nextID()
    let role = Watcher.Role.trigger(trigger.kinds, isPersistent: trigger.isPersistent)
    work.installed.append(Watcher(id: id, session: session, query: query, role: role))
    return .integer(id)
  }

  private mutating func wait(
    _ query: Query, _ condition: WaitCondition, _ timeout: Int64?, _ session: SessionID,
    _ handle: ReplyHandle, _ now: Instant
  ) -> Reply? {
    let role = Watcher.Role.wait(handle, condition, until: timeout.map { now + $0 })
    var watcher = Watcher(id: 0, session: session, query: query, role: role)
    if isOver(watcher) { return self.answer(watcher) }
    if timeout == 0 { return .null }
    watcher.id = nextID()
    watchers.append(watcher)
    return nil
  }

  private mutating func answer(
    _ operation: Operation, _ session: SessionID, _ work: inout Work
  ) throws(Failure) -> Answer {
    switch operation {
    case .get(let query):
      let first = matches(query).first
      return Answer(
        reply: first.map { .record($0.record) } ?? .null, revision: first?.revision ?? 0,
        isFound: first != nil, watched: query)
    case .names(let query, let page):
      let records = self.page(matches(query), page)
      return read(.names(records), !records.isEmpty, query)
    case .find(let query, let page):
      let records = self.page(matches(query), page)
      return read(.records(records), !records.isEmpty, query)
    case .exists(let queries):
      let count = queries.count { !matches($0).isEmpty }
      return read(.integer(Int64(count)), count > 0, queries.count == 1 ? queries[0] : nil)
    case .count(let query): return read(.integer(Int64(matches(query).count)))
    case .size: return read(.integer(Int64(matches("_").count)))
    case .explain, .countPage: preconditionFailure("plans and pages are the store's own matter")
    case .sync: preconditionFailure("the disk is the host's matter")
    case .set(let write, let options): return set(write, options, session, &work)
    case .setSequential(let record, let options):
      return try setSequential(
        record, options.isTransient ? session : nil, options.returnsRecord, &work)
    case .update(let write, let options): return try update(write, options, session, &work)
    case .delete(let queries, let options):
      return try delete(queries, options, session, &work)
    case .untrigger(let id):
      let known = (watchers + work.installed).contains { watcher in
        guard case .trigger = watcher.role else { return false }
        return watcher.id == id && watcher.session == session
      }
      guard known, !work.removed.contains(id) else { throw Failure(.noTrigger, "") }
      work.removed.append(id)
      return read(.integer(1))
    case .observe(let query):
      let id = nextID()
      let role = Watcher.Role.trigger(.any, isPersistent: true)
      work.installed.append(Watcher(id: id, session: session, query: query, role: role))
      let records = matches(query).map(\.record)
      return read(.array([.integer(id), .integer(revision), .records(records)]))
    case .publish(let record):
      let reached = subscriptions.filter { $0.query.matches(record) }
      let subscribers = reached.map { Subscriber(session: $0.session, source: $0.source) }
      work.published.append((record, subscribers))
      return read(.integer(Int64(Set(reached.map(\.session)).count)))
    case .subscribe(let queries):
      return read(
        acknowledge(.subscribed, queries.map(\.source), session) { model, source in
          let known = model.subscriptions.contains { $0.session == session && $0.source == source }
          guard !known, let query = queries.first(where: { $0.source == source })?.query else {
            return
          }
          _ = model.nextID()
          model.subscriptions.append(
            Subscription(session: session, source: source, query: query))
        })
    case .unsubscribe(let sources):
      let all = subscriptions.filter { $0.session == session }.map(\.source)
      return read(
        acknowledge(.unsubscribed, sources.isEmpty ? all : sources, session) { model, source in
          model.subscriptions.removeAll { $0.session == session && $0.source == source }
        })
    case .patternSubscribe(let queries):
      return read(patternSubscribe(queries, session, &work))
    case .patternUnsubscribe(let sources):
      let all = patterns(session)
      return read(
        acknowledge(.patternUnsubscribed, sources.isEmpty ? all : sources, session) {
          model, source in
          model.watchers.removeAll { $0.session == session && $0.pattern == source }
        })
    case .cancel(let tag):
      let count = watchers.count
      watchers.removeAll { $0.session == session && $0.handle == .tag(tag) }
      return read(.integer(Int64(count - watchers.count)))
    case .lock, .unlock, .newSemaphore, .takePermits, .tryPermits, .postPermits, .enterBarrier,
      .leaveBarrier:
      preconditionFailure("these have models of their own")
    case .waitFor: preconditionFailure("`perform` has taken it")
    }
  }

  // MARK: Writes

  private mutating func set(
    _ write: Write, _ options: SetOptions, _ session: SessionID, _ work: inout Work
  ) -> Answer {
    let before = entries[write.record.name]
    var answer = outcome(write.record, before)
    if let only = options.only, (only == .present) != (before != nil) { return answer }
    if isMismatch(before, write.conditions, options.ifRevision, work) {
      answer.reply = .error(Failure(.mismatch, ""))
      return answer
    }
    answer.revision = self.write(
      write.record, before, owner: options.isTransient ? session : nil, &work)
    answer.reply = options.returnsRecord ? .record(write.record) : .ok
    return answer
  }

  private mutating func setSequential(
    _ record: Record, _ owner: SessionID?, _ returnsRecord: Bool, _ work: inout Work
  ) throws(Failure) -> Answer {
    if record.name.utf8.last.map({ (0x30...0x39).contains($0) }) ?? false {
      throw Failure(.syntax, "")
    }
    var number = counters[record.name] ?? 0
    while entries["\(record.name)\(number)"] != nil { number += 1 }
    counters[record.name] = number + 1
    let pairs = record.attributes.map { ($0.name, $0.value) }
    // The attributes were a record's already, and test names are short.
    let numbered = try! Record(name: "\(record.name)\(number)", pairs: pairs)
    var answer = outcome(numbered, nil)
    answer.revision = self.write(numbered, nil, owner: owner, &work)
    answer.reply = returnsRecord ? .record(numbered) : .name(numbered)
    return answer
  }

  private mutating func update(
    _ write: Write, _ options: UpdateOptions, _ session: SessionID, _ work: inout Work
  ) throws(Failure) -> Answer {
    let before = entries[write.record.name]
    var answer = outcome(write.record, before)
    answer.reply = .error(Failure(.mismatch, ""))
    guard let before, !isMismatch(before, write.conditions, options.ifRevision, work) else {
      return answer
    }
    var attributes: [String: Value] = [:]
    for (name, value) in before.record.attributes { attributes[name] = value }
    for (name, value) in write.record.attributes { attributes[name] = value }
    var named = Set(write.record.attributes.map(\.name))
    for name in options.removed.map({ String(decoding: $0, as: UTF8.self) }) {
      guard named.insert(name).inserted else { throw Failure(.syntax, "") }
      attributes[name] = nil
    }
    for addition in options.added {
      let name = String(decoding: addition.attribute, as: UTF8.self)
      guard named.insert(name).inserted else { throw Failure(.syntax, "") }
      guard let sum = sum(attributes[name] ?? .integer(0), addition.amount) else { return answer }
      attributes[name] = sum
    }
    let pairs = attributes.map { ($0.key, $0.value) }
    let merged = try! Record(name: before.record.name, pairs: pairs)  // As above.
    answer.revision = self.write(merged, before, owner: before.owner, &work)
    answer.reply = options.returnsRecord ? .record(merged) : .ok
    return answer
  }

  private func sum(_ value: Value, _ amount: Value) -> Value? {
    switch (value, amount) {
    case (.integer(let a), .integer(let b)):
      let (sum, overflow) = a.addingReportingOverflow(b)
      return overflow ? nil : .integer(sum)
    default:
      let isExact = [value.integer, amount.integer].allSatisfy {
        $0.map { Int64(exactly: Double($0)) == $0 } ?? true
      }
      guard let a = value.number, let b = amount.number, (a + b).isFinite, isExact else {
        return nil
      }
      return .float(a + b)
    }
  }

  private mutating func delete(
    _ queries: [Query], _ options: DeleteOptions, _ session: SessionID, _ work: inout Work
  ) throws(Failure) -> Answer {
    let ifRevision = options.ifRevision
    if ifRevision != nil, queries.count != 1 || !queries[0].isExact { throw Failure(.syntax, "") }
    var answer = read(.integer(0))
    if queries.count == 1 {
      answer.watched = queries[0].withExactName { Query(exactName: $0) } ?? queries[0]
    }
    let before = work.changes.count
    for query in queries {
      guard let name = query.withExactName({ String(decoding: $0, as: UTF8.self) }) else {
        guard options.deletesAll else { throw Failure(.noName, "") }
        for entry in matches(query) { try authorize(entry.record.name, session) }
        for entry in matches(query) { erase(entry, &work) }
        continue
      }
      let entry = entries[name]
      let isMet = entry.map { query.matches($0.record) } ?? true
      let isChanged = entry != nil && work.first(name) != nil
      guard isMet, ifRevision == nil || !isChanged && ifRevision == entry?.revision ?? 0 else {
        guard work.changes.count == before else { throw Failure(.mismatch, "") }
        answer.reply = .error(Failure(.mismatch, ""))
        answer.isFound = entry != nil
        return answer
      }
      if let entry { erase(entry, &work) }
    }
    answer.reply = .integer(Int64(work.changes.count - before))
    answer.isFound = work.changes.count > before
    answer.revision = revision
    return answer
  }

  private func isMismatch(
    _ entry: Entry?, _ conditions: Query?, _ ifRevision: Int64?, _ work: Work
  ) -> Bool {
    if let ifRevision, ifRevision != entry?.revision ?? 0 { return true }
    if ifRevision != nil, let entry, work.first(entry.record.name) != nil { return true }
    guard let conditions else { return false }
    return entry.map { !conditions.matches($0.record) } ?? true
  }

  // MARK: Reserved names

  private func authorize(_ name: String, _ session: SessionID) throws(Failure) {
    let isReserved = ["hw.", "kaluga.", "octopus."].contains { name.hasPrefix($0) }
    if isReserved, sessions[session]?.isAdministrator != true { throw Failure(.noPermission, "") }
  }

  private func written(by operation: OctopusEngine.Operation) -> [String] {
    switch operation {
    case .set(let write, _), .update(let write, _): [write.record.name]
    case .setSequential(let record, _), .publish(let record): [record.name]
    case .delete(let queries, _):
      queries.compactMap { $0.withExactName { String(decoding: $0, as: UTF8.self) } }
    default: []
    }
  }

  // MARK: Answers

  private func read(_ reply: Reply, _ isFound: Bool = false, _ watched: Query? = nil) -> Answer {
    Answer(reply: reply, revision: revision, isFound: isFound, watched: watched)
  }

  /// Of a write that has changed nothing yet.
  private func outcome(_ record: Record, _ before: Entry?) -> Answer {
    let name = Array(record.name.utf8).withUnsafeBufferPointer { Query(exactName: $0) }
    return Answer(
      reply: .null, revision: before?.revision ?? 0, isFound: before != nil, watched: name)
  }

  private func page(_ entries: [Entry], _ page: Page) -> [Record] {
    let after = page.after.map { String(decoding: $0, as: UTF8.self) }
    let rest = entries.filter { entry in after.map { precedes($0, entry.record.name) } ?? true }
    return rest.prefix(page.limit ?? .max).map(\.record)
  }

  private mutating func patternSubscribe(
    _ queries: [(source: [UInt8], query: Query)], _ session: SessionID, _ work: inout Work
  ) -> Reply {
    var known = patterns(session)
    let subscribed = subscriptions.count { $0.session == session }
    let acknowledgements = queries.map { source, query in
      if !known.contains(source) {
        known.append(source)
        work.installed.append(
          Watcher(id: nextID(), session: session, query: query, role: .pattern(source)))
      }
      let snapshot = Acknowledgement.Snapshot(
        records: matches(query).map(\.record), revision: revision)
      return Acknowledgement(
        kind: .patternSubscribed, source: source, count: subscribed + known.count,
        snapshot: snapshot)
    }
    return .acknowledgements(acknowledgements)
  }

  private mutating func acknowledge(
    _ kind: Acknowledgement.Kind, _ sources: [[UInt8]], _ session: SessionID,
    _ change: (inout NaiveEngine, [UInt8]) -> Void
  ) -> Reply {
    // Without any, one acknowledgement says so.
    let all: [[UInt8]?] = sources.isEmpty ? [nil] : sources
    return .acknowledgements(
      all.map { source in
        if let source { change(&self, source) }
        let count = subscriptions.count { $0.session == session } + patterns(session).count
        return Acknowledgement(kind: kind, source: source, count: count)
      })
  }

  private func patterns(_ session: SessionID) -> [[UInt8]] {
    watchers.filter { $0.session == session }.compactMap(\.pattern)
  }
}

extension NaiveEngine.Watcher {
  fileprivate var pattern: [UInt8]? {
    if case .pattern(let source) = role { source } else { nil }
  }
}
