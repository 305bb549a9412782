import OctopusRecords
import OctopusStore

/// What an operation answers, before its revision and its trigger's id are put beside it.
struct Outcome {
  var reply: Reply
  /// What REV shows.
  var revision: Revision
  /// Whether a read found something; for a write, whether the named record was there before.
  var isFound = false
  /// What a trigger installed in the same step watches.
  var watched: Query?
  /// A condition that did not hold. With a trigger it is part of the reply.
  var mismatch: Failure?
}

extension Engine {
  /// Runs one command. Nil: it waits, and is answered in a later step.
  mutating func perform(
    _ command: Command, _ origin: Origin, _ step: inout Step
  ) throws(Failure) -> Reply? {
    if case .waitFor(let query, let condition, let timeout) = command.operation {
      return try wait(for: query, condition, timeout, origin, &step)
    }
    let outcome = try execute(command.operation, origin.session, &step)
    if let mismatch = outcome.mismatch, command.trigger == nil { throw mismatch }
    guard command.trigger != nil || command.wantsRevision else { return outcome.reply }
    var parts = [outcome.mismatch.map(Reply.error) ?? outcome.reply]
    if let request = command.trigger {
      parts.append(try install(request, outcome, origin.session, &step))
    }
    if command.wantsRevision { parts.append(.integer(outcome.revision)) }
    return .array(parts)
  }

  private mutating func execute(
    _ operation: Operation, _ session: SessionID, _ step: inout Step
  ) throws(Failure) -> Outcome {
    switch operation {
    case .get(let query): return try get(query, session)
    case .names(let query, let page):
      let records = try records(query, page, session)
      return read(.names(records), isFound: !records.isEmpty, query)
    case .find(let query, let page):
      let records = try records(query, page, session)
      return read(.records(records), isFound: !records.isEmpty, query)
    case .exists(let queries): return try exists(queries, session)
    case .count(let query): return read(.integer(Int64(try count(query, session))))
    case .explain(let query): return read(.plan(try explain(query, session)))
    case .size: return read(.integer(Int64(try size(session))))
    case .set(let write, let options): return try set(write, options, session, &step)
    case .setSequential(let record, let isTransient, let returnsRecord):
      return try setSequential(record, isTransient ? session : nil, returnsRecord, &step)
    case .update(let write, let options): return try update(write, options, session, &step)
    case .delete(let queries, let all, let ifRevision):
      return try delete(queries, all: all, ifRevision, session, &step)
    case .untrigger(let id): return read(try untrigger(id, session, &step))
    case .observe(let query): return read(try observe(query, session, &step))
    case .subscribe(let queries): return read(try subscribe(queries, session))
    case .unsubscribe(let sources): return read(unsubscribe(sources, session))
    case .patternSubscribe(let queries):
      return read(try patternSubscribe(queries, session, &step))
    case .patternUnsubscribe(let sources): return read(patternUnsubscribe(sources, session))
    case .publish(let record): return read(try publish(record, &step))
    case .cancel(let tag): return read(try cancel(tag: tag, of: session, &step))
    case .waitFor: preconditionFailure("`perform` has taken it")
    }
  }

  /// An outcome that reflects the present revision.
  func read(_ reply: Reply, isFound: Bool = false, _ watched: Query? = nil) -> Outcome {
    Outcome(reply: reply, revision: revision, isFound: isFound, watched: watched)
  }
}
