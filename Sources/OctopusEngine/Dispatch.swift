import OctopusRecords

/// The result of an operation, before its revision and its trigger's id are put beside it.
struct Outcome {
  var reply: Reply
  /// What REV shows.
  var revision: Revision
  /// Whether a read found something; for a write, whether the named record existed before.
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
    _ command: Command, _ origin: Origin, in transaction: Transaction
  ) throws(Failure) -> Reply? {
    if command.operation.traits.contains(.blocking) {
      return try performBlocking(command.operation, origin, in: transaction)
    }
    var outcome = try execute(command.operation, origin, in: transaction)
    if let mismatch = outcome.mismatch, command.trigger == nil { throw mismatch }
    guard command.trigger != nil || command.wantsRevision else { return outcome.takeReply() }
    var parts = [outcome.mismatch.map(Reply.error) ?? outcome.reply]
    if let request = command.trigger {
      let query = command.operation.watchedQuery(after: outcome)
      parts.append(
        try install(request, on: query, beside: outcome, by: origin.session, in: transaction))
    }
    if command.wantsRevision { parts.append(.integer(outcome.revision)) }
    return .array(parts)
  }

  /// Runs an operation that may have to wait.
  private mutating func performBlocking(
    _ operation: Operation, _ origin: Origin, in transaction: Transaction
  ) throws(Failure) -> Reply? {
    let session = origin.session
    let answer: Answer
    let timeout: Int64?
    switch operation {
    case .waitFor(let query, let condition, let limit):
      answer = try waitFor(query, condition, timeout: limit)
      timeout = limit
    case .sync(let limit):
      answer = try sync(timeout: limit)
      timeout = limit
    case .takePermits(let request):
      answer = try takePermits(request, origin, in: transaction)
      timeout = request.timeout
    case .enterBarrier(let request):
      try authorize(request.name, session)
      let holder = Holder(session, task: request.task)
      answer = try queues.barriers.enter(request, by: holder, in: &records, transaction)
      timeout = request.timeout
    case .leaveBarrier(let request):
      let holder = Holder(session, task: request.task)
      answer = try queues.barriers.leave(request, by: holder, in: &records, transaction)
      timeout = request.timeout
    case .lock: preconditionFailure("`runWithoutTransaction` runs it")
    default: preconditionFailure("no other operation blocks")
    }
    switch answer {
    case .reply(let reply): return reply
    case .wait(let subject):
      if case .condition(let condition) = subject {
        try checkWatchWork(condition.query, session)
      }
      transaction.wait = Wait(
        id: try takeWatchID(for: session, in: transaction), session: session,
        handle: origin.handle, deadline: timeout.map { origin.now + $0 }, subject: subject)
      return nil
    }
  }

  private mutating func takePermits(
    _ request: PermitRequest, _ origin: Origin, in transaction: Transaction
  ) throws(Failure) -> Answer {
    try authorize(request.name, origin.session)
    return try queues.semaphores.take(
      request, by: Holder(origin.session, task: request.task), isBlocked: origin.tag == nil,
      in: &records, transaction)
  }

  private mutating func execute(
    _ operation: Operation, _ origin: Origin, in transaction: Transaction
  ) throws(Failure) -> Outcome {
    let session = origin.session
    switch operation {
    case .set(let write, let options):
      return try set(write, options, by: session, in: transaction)
    case .setSequential(let record, let options):
      return try setSequential(record, options, by: session, in: transaction)
    case .update(let write, let options):
      return try update(write, options, by: session, in: transaction)
    case .delete(let queries, let options):
      return try delete(queries, options, by: session, in: transaction)
    case .publish(let record):
      return outcome(try publish(record, by: session, in: transaction))
    case .unlock(let name, let task):
      return outcome(try unlock(name, Holder(session, task: task), in: transaction))
    case .newSemaphore(let name, let permits):
      try authorize(name, session)
      return outcome(
        try queues.semaphores.create(name, permits: permits, in: &records, transaction))
    case .tryPermits(let request):
      let answer = try takePermits(request, origin, in: transaction)
      if case .reply(.integer) = answer { return outcome(.integer(1)) }
      return outcome(.integer(0))
    case .postPermits(let request):
      try authorize(request.name, session)
      let holder = Holder(session, task: request.task)
      return outcome(
        try queues.semaphores.post(request, by: holder, in: &records, transaction))
    case .cancel(let tag): return outcome(try cancel(tag: tag, of: session, in: transaction))
    case .untrigger(let id): return outcome(try untrigger(id, by: session, in: transaction))
    case .observe(let query): return outcome(try observe(query, by: session, in: transaction))
    case .subscribe(let queries): return outcome(try subscribe(queries, by: session))
    case .unsubscribe(let sources): return outcome(unsubscribe(sources, by: session))
    case .patternSubscribe(let queries): return outcome(try patternSubscribe(queries, by: session))
    case .patternUnsubscribe(let sources):
      return outcome(patternUnsubscribe(sources, by: session))
    case .waitFor, .sync, .lock, .takePermits, .enterBarrier, .leaveBarrier:
      preconditionFailure("`performBlocking` runs it")
    case .get, .names, .find, .exists, .count, .countPage, .explain, .size:
      guard let outcome = try read(operation) else { preconditionFailure("these are the reads") }
      return outcome
    }
  }

  /// An outcome that reflects the present revision.
  func outcome(_ reply: Reply, isFound: Bool = false) -> Outcome {
    Outcome(reply: reply, revision: records.revision, isFound: isFound)
  }
}

extension Operation {
  /// The query that a trigger in the same command watches: a read's query, or the name that a write
  /// has resulted in; nil: there is not exactly one.
  fileprivate func watchedQuery(after outcome: Outcome) -> Query? {
    switch self {
    case .get(let query), .names(let query, _), .find(let query, _): query
    case .exists(let queries): queries.count == 1 ? queries[0] : nil
    case .set(let write, _), .update(let write, _): Query(nameOf: write.record)
    case .setSequential:
      switch outcome.reply {
      case .name(let record), .record(let record): Query(nameOf: record)
      default: nil
      }
    case .delete(let queries, _): queries.count == 1 ? queries[0].named : nil
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
