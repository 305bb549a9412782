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
  var counters: [String: Int64] = [:]
  var rounds: [String: Int] = [:]
  var broken: Set<String> = []
  var lastID: Int64 = 0
  /// The changes that were committed.
  var seen: [Change] = []

  // Of the step at work.
  /// All that was done, so that a record may occur several times.
  var changes: [Change] = []
  /// The records that the step creates and deletes, so that they take no revision.
  var void: Set<String> = []
  var noted = 0
  var newcomer: Member?
  var leaving: String?
  var answers: [(id: Int64, reply: Reply)] = []
  var returned: [String: Int64] = [:]

  /// The changes since the last call.
  mutating func takeSeen() -> [Change] {
    defer { seen = [] }
    return seen
  }

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
    case .tick, .work, .durable: break
    }
    return effects
  }

  // MARK: Steps

  mutating func run(
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

  mutating func run(
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

  mutating func end(_ session: SessionID) -> [Effect] {
    guard sessions.remove(session) != nil else { return [] }
    waits.removeAll { $0.session == session }
    let owned = records.values.filter { $0.owner == session }.sorted { $0.created < $1.created }
    for stored in owned { erase(stored.record.name) }
    return commit()
  }

  mutating func abandon(_ wait: Waiting) -> [Effect] {
    waits.removeAll { $0.id == wait.id }
    if let record = wait.record { erase(record) }
    return commit() + [wait.handle.effect(wait.session, .null, revision)]
  }

  /// Nil: it waits.
  mutating func perform(
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

  mutating func put(_ name: String, _ body: String, owner: SessionID?) {
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
  mutating func takeRevision(_ name: String) -> Revision {
    if let first = changes.first(where: { $0.name == name }) { return first.revision }
    if !void.contains(name) { revision += 1 }
    return revision
  }

  /// Of each record the state before the step and the state after it.
  var changed: [(name: String, revision: Revision, before: Change.Stored?, after: Change.Stored?)] {
    var names: [String] = []
    for change in changes where !names.contains(change.name) { names.append(change.name) }
    return names.map { name in
      let own = changes.filter { $0.name == name }
      return (name, own[0].revision, own[0].before, own.last!.after)  // It was changed.
    }
  }

  /// Whether a record of this name stands in a queue.
  func isMember(_ name: String) -> Bool {
    records[name].map { stored in
      ["lock", "semaphore", "barrier"].contains { stored.record[$0] != nil }
    } ?? false
  }

  mutating func erase(_ name: String) {
    guard let before = records.removeValue(forKey: name) else { return }
    changes.append(Change(revision: takeRevision(name), before: before.state, after: nil))
  }

  /// Writes a member's record, with the next number.
  mutating func add(_ member: Member, _ body: String, owner: SessionID) -> Member {
    let number = counters[member.group, default: 0]
    counters[member.group] = number + 1
    var member = member
    member.name = "\(member.group)_\(number)"
    put(member.name, body, owner: owner)
    if member.holder == nil { members.append(member) } else { newcomer = member }
    return member
  }

  mutating func wait(
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
