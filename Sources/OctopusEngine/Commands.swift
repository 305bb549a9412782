import OctopusRecords
import OctopusStore

/// What an operation answers, before its revision and its trigger's id are put beside it.
struct Outcome {
  var reply: Reply
  /// What REV shows.
  var revision: Revision
  /// Whether a read found something; for a write, whether the named record was there before.
  var isFound = false
  /// A condition that did not hold. With a trigger it is part of the reply.
  var mismatch: Failure?

  /// Moves the reply out: to copy it would be to count every reference in it.
  mutating func takeReply() -> Reply {
    var taken = Reply.null
    swap(&taken, &reply)
    return taken
  }
}

extension Engine {
  /// Runs one command. Nil: it waits, and is answered in a later step.
  mutating func perform(
    _ command: Command, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Reply? {
    if command.operation.isBlocking { return try attempt(command.operation, origin, step) }
    var outcome = try execute(command.operation, origin, step)
    if let mismatch = outcome.mismatch, command.trigger == nil { throw mismatch }
    guard command.trigger != nil || command.wantsRevision else { return outcome.takeReply() }
    var parts = [outcome.mismatch.map(Reply.error) ?? outcome.reply]
    if let request = command.trigger {
      let watched = command.operation.watched(after: outcome)
      parts.append(try install(request, outcome, watched, origin.session, step))
    }
    if command.wantsRevision { parts.append(.integer(outcome.revision)) }
    return .array(parts)
  }

  /// What a read answers; nil: it is none. It needs no step, since it leaves everything as it is.
  // Mutating only in name: an engine that is lent to be read is copied to the stack, byte by byte.
  mutating func look(
    _ operation: Operation, _ session: SessionID
  ) throws(Failure) -> Outcome? {
    switch operation {
    case .get(let query): return try get(query, session)
    case .names(let query, let page):
      let records = try records(query, page, session)
      return outcome(.names(records), isFound: !records.isEmpty)
    case .find(let query, let page):
      let records = try records(query, page, session)
      return outcome(.records(records), isFound: !records.isEmpty)
    case .exists(let queries): return try exists(queries, session)
    case .count(let query): return outcome(.integer(Int64(try count(query, session))))
    case .explain(let query): return outcome(.plan(try explain(query, session)))
    case .size: return outcome(.integer(Int64(try size(session))))
    default: return nil
    }
  }

  /// What may have to wait.
  private mutating func attempt(
    _ operation: Operation, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Reply? {
    switch operation {
    case .waitFor(let query, let condition, let timeout):
      return try wait(for: query, condition, timeout, origin, step)
    case .takePermits(let request): return try takePermits(request, origin, step)
    case .enterBarrier(let request): return try enterBarrier(request, origin, step)
    case .leaveBarrier(let request): return try leaveBarrier(request, origin, step)
    case .lock: preconditionFailure("`carryOutAtOnce` has taken it")
    default: preconditionFailure("only what blocks comes here")
    }
  }

  private mutating func execute(
    _ operation: Operation, _ origin: Origin, _ step: Step
  ) throws(Failure) -> Outcome {
    let session = origin.session
    switch operation {
    case .set(let write, let options): return try set(write, options, session, step)
    case .setSequential(let record, let isTransient, let returnsRecord):
      return try setSequential(
        record, isTransient: isTransient, returnsRecord, session, step)
    case .update(let write, let options): return try update(write, options, session, step)
    case .delete(let queries, let all, let ifRevision):
      return try delete(queries, all: all, ifRevision, session, step)
    case .untrigger(let id): return outcome(try untrigger(id, session, step))
    case .observe(let query): return outcome(try observe(query, session, step))
    case .subscribe(let queries): return outcome(try subscribe(queries, session))
    case .unsubscribe(let sources): return outcome(unsubscribe(sources, session))
    case .patternSubscribe(let queries):
      return outcome(try patternSubscribe(queries, session, step))
    case .patternUnsubscribe(let sources): return outcome(patternUnsubscribe(sources, session))
    case .publish(let record): return outcome(try publish(record, session, step))
    case .cancel(let tag): return outcome(try cancel(tag: tag, of: session, step))
    case .unlock(let name, let who): return outcome(try unlock(name, who, session, step))
    case .newSemaphore(let name, let permits):
      return outcome(try newSemaphore(name, permits, session, step))
    case .tryPermits(let request):
      let reply = try takePermits(request, origin, step)
      if case .integer? = reply { return outcome(.integer(1)) }
      return outcome(.integer(0))
    case .postPermits(let request): return outcome(try postPermits(request, session, step))
    case .waitFor, .lock, .takePermits, .enterBarrier, .leaveBarrier:
      preconditionFailure("`perform` has taken it")
    case .get, .names, .find, .exists, .count, .explain, .size:
      guard let outcome = try look(operation, session) else { preconditionFailure("a read") }
      return outcome
    }
  }

  /// An outcome that reflects the present revision.
  func outcome(_ reply: Reply, isFound: Bool = false) -> Outcome {
    Outcome(reply: reply, revision: revision, isFound: isFound)
  }
}

extension Operation {
  /// What a trigger installed in the same step watches: a read's query, a write's resulting name; nil:
  /// there is not exactly one.
  fileprivate func watched(after outcome: Outcome) -> Query? {
    switch self {
    case .get(let query), .names(let query, _), .find(let query, _): query
    case .exists(let queries): queries.count == 1 ? queries[0] : nil
    case .set(let write, _), .update(let write, _): Query(nameOf: write.record)
    case .setSequential:
      switch outcome.reply {
      case .name(let record), .record(let record): Query(nameOf: record)
      default: nil
      }
    case .delete(let queries, _, _): queries.count == 1 ? queries[0].named : nil
    default: nil
    }
  }
}

extension Query {
  fileprivate init(nameOf record: Record) {
    self = record.withContents { Query(exactName: $0.name) }
  }

  /// The name alone, without conditions, if there is one.
  fileprivate var named: Query { withExactName { Query(exactName: $0) } ?? self }
}
