import OctopusRecords

@testable import OctopusEngine

/// The reference model of locks, semaphores and barriers: lists that are searched from the front,
/// and asked anew after every change who may go on.
struct NaiveCoordination {
  struct Stored {
    var record: Record
    var revision: Revision
    var created: Revision
    var owner: SessionID?
  }

  struct Waiting {
    var id: Int64
    var session: SessionID
    var handle: ReplyHandle
    var until: Instant?
    var record: String?
  }

  /// A member of anything.
  struct Member {
    var kind: QueueKey.Kind
    var group: String
    var name: String
    var holder: Holder?
    var wait: Int64?
    /// A lock's holder, a semaphore's, a party that has entered.
    var holds = false
    // A lock's.
    var isShared = false
    // A semaphore's.
    var permits: Int64 = 0
    var consumes = false
    // A barrier's.
    var size = 0
    var round = 0
    var hasLeft = false
  }

  var records: [String: Stored] = [:]
  var members: [Member] = []
  var waits: [Waiting] = []
  var sessions: Set<SessionID> = []
  var revision: Revision = 0
  private var counters: [String: Int64] = [:]
  private var rounds: [String: Int] = [:]
  private var broken: Set<String> = []
  private var lastID: Int64 = 0

  // Of the step at work.
  /// All that was done, so that a record may occur several times.
  private var changes: [Change] = []
  /// The records that the step creates and deletes, so that they take no revision.
  private var void: Set<String> = []
  private var noted = 0
  private var newcomer: Member?
  private var leaving: String?
  private var answers: [(id: Int64, reply: Reply)] = []

  mutating func step(_ input: Input, now: Instant) -> [Effect] {
    var effects: [Effect] = []
    while let late = waits.filter({ $0.until ?? .max <= now })
      .min(by: { ($0.until!, $0.id) < ($1.until!, $1.id) })
    {
      effects += abandon(late)
    }
    switch input {
    case .opened(let session, _): sessions.insert(session)
    case .ended(let session): effects += end(session)
    case .cancelled(let session, let request):
      let wait = waits.first { $0.session == session && $0.handle == .request(request) }
      if let wait { effects += abandon(wait) }
    case .request(let session, let request, let command):
      effects += run(command, session, request, now)
    case .transaction(let session, let request, let commands):
      effects += run(commands, session, request)
    case .tick: break
    }
    return effects
  }

  // MARK: Steps

  private mutating func run(
    _ command: Command, _ session: SessionID, _ request: RequestID, _ now: Instant
  ) -> [Effect] {
    var effects: [Effect] = []
    let handle = command.deferTag.map { ReplyHandle.tag($0) } ?? .request(request)
    if command.deferTag != nil {
      let isInUse = waits.contains { $0.session == session && $0.handle == handle }
      let reply: Reply = isInUse ? .error(Failure(.busy, "")) : .deferred
      effects.append(.reply(session, request, reply, revision))
      if isInUse { return effects }
    }
    let before = self
    do throws(Failure) {
      let reply = try perform(command.operation, session, handle, now)
      effects += commit()
      if let reply { effects.append(handle.effect(session, reply, revision)) }
    } catch {
      self = before
      effects.append(handle.effect(session, .error(error), revision))
    }
    return effects
  }

  private mutating func run(
    _ commands: [Command], _ session: SessionID, _ request: RequestID
  ) -> [Effect] {
    let before = self
    do throws(Failure) {
      var replies: [Reply] = []
      for isAgain in [false, true] {
        if isAgain {
          let came = changed.filter { $0.before == nil && $0.after == nil }.map(\.name)
          if came.isEmpty { break }
          // The same again, where it is known which records leave no trace.
          self = before
          void = Set(came)
          replies = []
        }
        for command in commands {
          // No transactional command waits.
          replies.append(try perform(command.operation, session, .request(request), 0)!)
        }
      }
      return commit() + [.reply(session, request, .array(replies), revision)]
    } catch {
      self = before
      return [.reply(session, request, .error(error), revision)]
    }
  }

  private mutating func end(_ session: SessionID) -> [Effect] {
    guard sessions.remove(session) != nil else { return [] }
    waits.removeAll { $0.session == session }
    let owned = records.values.filter { $0.owner == session }.sorted { $0.created < $1.created }
    for stored in owned { erase(stored.record.name) }
    return commit()
  }

  private mutating func abandon(_ wait: Waiting) -> [Effect] {
    waits.removeAll { $0.id == wait.id }
    if let record = wait.record { erase(record) }
    return commit() + [wait.handle.effect(wait.session, .null, revision)]
  }

  /// Nil: it waits.
  private mutating func perform(
    _ operation: OctopusEngine.Operation, _ session: SessionID, _ handle: ReplyHandle,
    _ now: Instant
  ) throws(Failure) -> Reply? {
    switch operation {
    case .lock(let request): return try lock(request, session, handle, now)
    case .unlock(let name, let who):
      let holder = Holder(session, task: who)
      guard let member = members.first(where: { $0.isOf(.lock, name) && $0.holder == holder }),
        member.holds, isMember(member.name)
      else { return .integer(0) }
      erase(member.name)
      return .integer(1)
    case .newSemaphore(let name, let permits): return try newSemaphore(text(name), permits)
    case .takePermits(let request): return try take(request, session, handle, now)
    case .tryPermits(let request):
      if case .integer? = try take(request, session, handle, now) { return .integer(1) }
      return .integer(0)
    case .postPermits(let request): return try post(request, session)
    case .enterBarrier(let request): return try enter(request, session, handle, now)
    case .leaveBarrier(let request): return try leave(request, session, handle, now)
    case .cancel(let tag):
      let wait = waits.first { $0.session == session && $0.handle == .tag(tag) }
      guard let wait else { return .integer(0) }
      waits.removeAll { $0.id == wait.id }
      if let record = wait.record { erase(record) }
      return .integer(1)
    case .delete(let queries, _):
      let matching = records.values.map(\.record).filter { queries[0].matches($0) }
      for record in matching.sorted(by: { precedes($0.name, $1.name) }) { erase(record.name) }
      return .integer(Int64(matching.count))
    case .setSequential(let record, let options):
      let group = String(record.name.dropLast())
      guard record["lock"]?.text == group, options.isTransient else {
        throw Failure(.noPermission, "")
      }
      let mode = record["mode"]?.text
      guard [nil, "shared", "exclusive"].contains(mode) else { throw Failure(.mismatch, "") }
      let member = add(
        Member(kind: .lock, group: group, name: "", isShared: mode == "shared"),
        "{ lock: '\(group)'\(record["mode"].map { ", mode: \($0)" } ?? "") }", owner: session)
      return .name(records[member.name]!.record)  // It was just added.
    case .set(let write, _):
      guard !isMember(write.record.name) else { throw Failure(.noPermission, "") }
      put(write.record.name, "{}", owner: nil)
      return .ok
    default: preconditionFailure("a history has no \(operation)")
    }
  }

  // MARK: Records

  private mutating func put(_ name: String, _ body: String, owner: SessionID?) {
    let change = takeRevision(name)
    let before = records[name]
    let record = try! Record(parsing: "\(name) \(body)")  // The model writes nothing else.
    let first = changes.first { $0.name == name }
    let after = Stored(
      record: record, revision: change,
      created: first?.before?.created ?? before?.created ?? change, owner: owner)
    records[name] = after
    changes.append(Change(revision: change, before: before?.state, after: after.state))
  }

  /// One for each record that the step changes.
  private mutating func takeRevision(_ name: String) -> Revision {
    if let first = changes.first(where: { $0.name == name }) { return first.revision }
    if !void.contains(name) { revision += 1 }
    return revision
  }

  /// Of each record the state before the step and the state after it.
  private var changed:
    [(name: String, revision: Revision, before: Change.Stored?, after: Change.Stored?)]
  {
    var names: [String] = []
    for change in changes where !names.contains(change.name) { names.append(change.name) }
    return names.map { name in
      let own = changes.filter { $0.name == name }
      return (name, own[0].revision, own[0].before, own.last!.after)  // It was changed.
    }
  }

  /// Whether a record of this name stands in a queue.
  private func isMember(_ name: String) -> Bool {
    records[name].map { stored in
      ["lock", "semaphore", "barrier"].contains { stored.record[$0] != nil }
    } ?? false
  }

  private mutating func erase(_ name: String) {
    guard let before = records.removeValue(forKey: name) else { return }
    changes.append(Change(revision: takeRevision(name), before: before.state, after: nil))
  }

  /// Writes a member's record, with the next number.
  private mutating func add(_ member: Member, _ body: String, owner: SessionID) -> Member {
    let number = counters[member.group, default: 0]
    counters[member.group] = number + 1
    var member = member
    member.name = "\(member.group)_\(number)"
    put(member.name, body, owner: owner)
    if member.holder == nil { members.append(member) } else { newcomer = member }
    return member
  }

  private mutating func wait(
    _ timeout: Int64?, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant,
    for name: String?
  ) -> Int64 {
    lastID += 1
    waits.append(
      Waiting(
        id: lastID, session: session, handle: handle, until: timeout.map { now + $0 }, record: name)
    )
    return lastID
  }

  // MARK: Locks

  /// The lowest number holds, and a run of shared ones together.
  private func mayHold(_ member: Member, in queue: [Member]) -> Bool {
    let earlier = queue.prefix { $0.name != member.name }
    return earlier.isEmpty || member.isShared && earlier.allSatisfy(\.isShared)
  }

  private mutating func lock(
    _ request: LockRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let holder = Holder(session, task: request.task)
    let queue = members.filter { $0.isOf(.lock, request.name) }
    if queue.contains(where: { $0.holder == holder }) { throw Failure(.busy, "") }
    let name = text(request.name)
    let member = Member(
      kind: .lock, group: name, name: "", holder: holder, isShared: request.isShared)
    if request.timeout == 0, !mayHold(member, in: queue) { return .null }
    let mode = request.isShared ? ", mode: shared" : ""
    let added = add(member, "{ lock: '\(name)'\(mode) }", owner: session)
    let id = wait(request.timeout, session, handle, now, for: added.name)
    newcomer?.wait = id
    return nil
  }

  // MARK: Semaphores

  private func free(_ name: String) -> Int64? { records[name]?.record["permits"]?.integer }

  private func size(_ name: String) -> Int64 { records[name]?.record["size"]?.integer ?? 0 }

  /// Writes how many permits are free; `more`: by how many all of them grow.
  private mutating func count(_ free: Int64, more: Int64 = 0, _ name: String) {
    guard let initial = records[name]?.record["initial"]?.integer else { return }
    write(name, initial, free, size(name) + more)
  }

  private mutating func write(_ name: String, _ initial: Int64, _ free: Int64, _ size: Int64) {
    let permits = "initial: \(initial), permits: \(free), semaphore: '\(name)', size: \(size)"
    put(name, "{ \(permits) }", owner: nil)
  }

  /// Whether a wait of a holder can never end.
  private func isImpossible(_ permits: Int64, _ consumes: Bool, _ name: String) -> Bool {
    !consumes && permits > size(name) && records[name]?.record["initial"]?.integer ?? 0 > 0
  }

  private mutating func newSemaphore(_ name: String, _ permits: Int64) throws(Failure) -> Reply {
    if let record = records[name]?.record {
      guard record["initial"]?.integer == permits else { throw Failure(.busy, "") }
      return .ok
    }
    write(name, permits, permits, permits)
    return .ok
  }

  private func holding(_ holder: Holder, _ name: String) -> Member? {
    members.first {
      $0.kind == .semaphore && $0.group == name && $0.holds && $0.holder == holder
        && isMember($0.name)
    }
  }

  private mutating func take(
    _ request: PermitRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let name = text(request.name)
    let holder = Holder(session, task: request.task)
    guard let free = free(name) else { throw Failure(.noSemaphore, "") }
    var wanted = request.permits
    if case .request = handle, !request.consumes { wanted += holding(holder, name)?.permits ?? 0 }
    if isImpossible(wanted, request.consumes, name) { throw Failure(.limit, "") }
    let isWaiting = members.contains { $0.isOf(.semaphore, request.name) && !$0.holds }
    var member = Member(
      kind: .semaphore, group: name, name: "", holder: holder, permits: request.permits,
      consumes: request.consumes)
    if !isWaiting, free >= request.permits {
      count(free - request.permits, more: request.consumes ? -request.permits : 0, name)
      if request.consumes { return .integer(1) }
      if let own = holding(holder, name) {
        write(own, permits: own.permits + request.permits)
      } else {
        member.holds = true
        _ = add(member, member.body, owner: session)
      }
      return .integer(1)
    }
    if request.timeout == 0 { return .null }
    let added = add(member, member.body, owner: session)
    let id = wait(request.timeout, session, handle, now, for: added.name)
    newcomer?.wait = id
    return nil
  }

  /// Lets a holder have so many, and writes that it has.
  private mutating func write(_ member: Member, permits: Int64) {
    guard let place = members.firstIndex(where: { $0.name == member.name }) else { return }
    members[place].permits = permits
    members[place].holds = true
    put(member.name, members[place].body, owner: member.holder?.session)
  }

  private mutating func post(
    _ request: PermitRequest, _ session: SessionID
  ) throws(Failure) -> Reply {
    let name = text(request.name)
    guard let free = free(name) else { throw Failure(.noSemaphore, "") }
    var more = request.permits
    if let own = holding(Holder(session, task: request.task), name) {
      let back = min(own.permits, request.permits)
      more -= back
      returned[name, default: 0] += back
      if back == own.permits {
        // Not to be counted again when the record is seen to have gone.
        members[members.firstIndex { $0.name == own.name }!].permits = 0  // It was just found.
        erase(own.name)
      } else {
        write(own, permits: own.permits - back)
      }
    }
    if more > 0 { count(free + more, more: more, name) }
    return .ok
  }

  private var returned: [String: Int64] = [:]

  // MARK: Barriers

  private mutating func enter(
    _ request: BarrierRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let name = text(request.name)
    let holder = Holder(session, task: request.task)
    let parties = members.filter { $0.isOf(.barrier, request.name) }
    if let own = parties.last(where: { $0.holder == holder }) {
      let isLeaving = waits.contains { $0.id == own.wait }
      if !own.hasLeft || isLeaving { throw Failure(.busy, "") }
    }
    let entering = parties.filter { !$0.holds }
    if let other = entering.first, other.size != request.parties { throw Failure(.busy, "") }
    if request.timeout == 0, entering.count + 1 < request.parties { return .null }
    members.removeAll { $0.isOf(.barrier, request.name) && $0.holder == holder }
    let member = Member(
      kind: .barrier, group: name, name: "", holder: holder, size: request.parties,
      round: rounds[name, default: 0])
    let added = add(
      member, "{ barrier: '\(name)', parties: \(request.parties) }", owner: session)
    let id = wait(request.timeout, session, handle, now, for: added.name)
    newcomer?.wait = id
    return nil
  }

  private mutating func leave(
    _ request: BarrierRequest, _ session: SessionID, _ handle: ReplyHandle, _ now: Instant
  ) throws(Failure) -> Reply? {
    let holder = Holder(session, task: request.task)
    guard
      let place = members.lastIndex(where: {
        $0.isOf(.barrier, request.name) && $0.holder == holder && $0.holds
      })
    else { throw Failure(.notHeld, "") }
    let own = members[place]
    if waits.contains(where: { $0.id == own.wait }) { throw Failure(.busy, "") }
    let others = members.filter {
      $0.isOf(.barrier, request.name) && $0.round == own.round && !$0.hasLeft
        && $0.name != own.name
    }
    if !own.hasLeft {
      leaving = own.name
      erase(own.name)
      if others.isEmpty {
        return broken.contains(own.roundName) ? .error(Failure(.broken, "")) : .ok
      }
    }
    if request.timeout == 0 { return .null }
    members[place].wait = wait(request.timeout, session, handle, now, for: nil)
    return nil
  }

  // MARK: Committing

  private mutating func commit() -> [Effect] {
    while noted < changes.count {
      var groups: [String] = []
      var index = noted
      while index < changes.count {
        let change = changes[index]
        let names = note(change)
        for name in names where groups.last != name { groups.append(name) }
        index += 1
        // What a semaphore takes along is seen with the rest.
      }
      noted = index
      for group in groups { grant(group) }
    }
    defer { (changes, noted, answers, newcomer, leaving, void) = ([], 0, [], nil, nil, []) }
    let seen = changed.filter { $0.before != nil || $0.after != nil }.map {
      Effect.change(Change(revision: $0.revision, before: $0.before, after: $0.after))
    }
    return seen
      + answers.compactMap { id, reply in
        guard let place = waits.firstIndex(where: { $0.id == id }) else { return nil }
        let wait = waits.remove(at: place)
        return wait.handle.effect(wait.session, reply, revision)
      }
  }

  /// What a change is to the members; answers whose turn must be looked at.
  private mutating func note(_ change: Change) -> [String] {
    let record = (change.after ?? change.before)!.record  // A change has one of them.
    let name = record.name
    if let newcomer, newcomer.name == name, change.before == nil {
      members.append(newcomer)
      self.newcomer = nil
    }
    let kinds: [(QueueKey.Kind, String)] = [
      (.barrier, "barrier"), (.lock, "lock"), (.semaphore, "semaphore"),
    ]
    guard
      let (kind, group) = kinds.lazy.compactMap({ kind, key in
        record[key].flatMap { value in value.text.map { (kind, $0) } }
      }).first
    else { return [] }
    if change.after == nil { gone(name, kind, group) }
    return ["\(kind) \(group)"]
  }

  private mutating func gone(_ name: String, _ kind: QueueKey.Kind, _ group: String) {
    if kind == .semaphore, name == group {
      let all = members.filter { $0.kind == .semaphore && $0.group == group }
      members.removeAll { $0.kind == .semaphore && $0.group == group }
      returned[group] = nil
      for member in all {
        if let wait = member.wait { answers.append((wait, .error(Failure(.gone, "")))) }
        if isMember(member.name) { erase(member.name) }
      }
      return
    }
    guard let place = members.firstIndex(where: { $0.name == name }) else { return }
    let member = members[place]
    if kind == .barrier, member.holds {
      members[place].hasLeft = true
      // Who leaves and waits for the others has its wait already.
      if leaving != name {
        members[place].wait = nil
        broken.insert(member.roundName)
      }
      return
    }
    members.remove(at: place)
    if let wait = member.wait, !member.holds {
      answers.append((wait, .error(Failure(.gone, ""))))
    }
    if kind == .semaphore, member.holds { returned[group, default: 0] += member.permits }
  }

  private mutating func grant(_ group: String) {
    let words = group.split(separator: " ")
    let name = String(words[1])
    switch words[0] {
    case "lock": grantLock(name)
    case "semaphore": grantPermits(name)
    default: grantEntry(name)
    }
  }

  private mutating func grantLock(_ name: String) {
    let queue = members.filter { $0.kind == .lock && $0.group == name }
    for place in members.indices where members[place].kind == .lock && members[place].group == name
    {
      guard !members[place].holds, mayHold(members[place], in: queue) else { continue }
      members[place].holds = true
      let stored = records[members[place].name]!  // A member has its record.
      guard let wait = members[place].wait else { continue }
      answers.append((wait, .grant(token: stored.created, stored.record)))
    }
  }

  private mutating func grantPermits(_ name: String) {
    guard let before = free(name) else { return }
    var free = before + (returned.removeValue(forKey: name) ?? 0)
    let first = members.first { $0.kind == .semaphore && $0.group == name && !$0.holds }
    let next = first.flatMap { $0.permits <= free ? $0 : nil }
    free -= next?.permits ?? 0
    let more = next.map { $0.consumes ? -$0.permits : 0 } ?? 0
    if free != before || more != 0 { count(free, more: more, name) }
    guard let next, let holder = next.holder else {
      guard let first, isImpossible(first.permits, first.consumes, name) else { return }
      if let wait = first.wait { answers.append((wait, .error(Failure(.limit, "")))) }
      members.removeAll { $0.name == first.name }
      erase(first.name)
      return
    }
    if let wait = next.wait { answers.append((wait, .integer(1))) }
    let own = holding(holder, name)
    if next.consumes || own != nil {
      members.removeAll { $0.name == next.name }
      erase(next.name)
      if !next.consumes, let own { write(own, permits: own.permits + next.permits) }
    } else {
      write(next, permits: next.permits)
    }
  }

  private mutating func grantEntry(_ name: String) {
    let entering = members.filter { $0.kind == .barrier && $0.group == name && !$0.holds }
    if let first = entering.first, entering.count == first.size {
      rounds[name, default: 0] += 1
      for place in members.indices
      where entering.contains(where: { $0.name == members[place].name }) {
        members[place].holds = true
        guard let wait = members[place].wait else { continue }
        answers.append((wait, .name(records[members[place].name]!.record)))
      }
    }
    let parties = members.filter { $0.kind == .barrier && $0.group == name && $0.holds }
    for round in Set(parties.map(\.round)).sorted() {
      let all = parties.filter { $0.round == round }
      guard all.allSatisfy(\.hasLeft) else { continue }
      let isBroken = broken.contains(all[0].roundName)
      members.removeAll { $0.kind == .barrier && $0.group == name && $0.round == round }
      for wait in all.compactMap(\.wait).sorted() {
        answers.append((wait, isBroken ? .error(Failure(.broken, "")) : .ok))
      }
    }
  }

  private func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

  private func precedes(_ a: String, _ b: String) -> Bool {
    Array(a.utf8).withUnsafeBufferPointer { a in
      Array(b.utf8).withUnsafeBufferPointer { b in compareNaturally(a, b) < 0 }
    }
  }
}

extension NaiveCoordination.Member {
  func isOf(_ kind: QueueKey.Kind, _ name: [UInt8]) -> Bool {
    self.kind == kind && Array(group.utf8) == name
  }

  var roundName: String { "\(group) \(round)" }

  /// A semaphore's member's.
  var body: String {
    "{ permits: \(permits), semaphore: '\(group)', state: \(holds ? "held" : "waiting") }"
  }
}

extension NaiveCoordination.Stored {
  var state: Change.Stored {
    Change.Stored(record: record, revision: revision, created: created, owner: owner)
  }
}
