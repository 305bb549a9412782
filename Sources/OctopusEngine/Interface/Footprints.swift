import OctopusRecords
import OctopusStore

// About how many bytes requests and replies occupy while they wait outside the engine. A client can
// send little that takes much: a regular expression of ten bytes compiles to 100 KiB.

extension Footprint {
  /// The allocation of a query.
  package static let query = 100
}

extension Record {
  /// If no store holds it.
  package var detachedFootprint: Int { textCount + Footprint.detachedRecord }
}

extension Query {
  fileprivate var detachedFootprint: Int { footprint + Footprint.query }
}

extension Write {
  fileprivate var footprint: Int {
    record.detachedFootprint + (conditions?.detachedFootprint ?? 0)
  }
}

extension Command {
  /// Complexity: O(queries and attributes).
  package var footprint: Int {
    MemoryLayout<Command>.stride + operation.footprint + (deferTag?.count ?? 0)
  }
}

extension Operation {
  /// Beside the operation itself.
  fileprivate var footprint: Int {
    switch self {
    case .get(let query), .count(let query), .explain(let query), .observe(let query),
      .waitFor(let query, _, _):
      query.detachedFootprint
    case .names(let query, let page), .find(let query, let page):
      query.detachedFootprint + (page.after?.count ?? 0)
    case .countPage(let query, let after): query.detachedFootprint + (after?.count ?? 0)
    case .exists(let queries), .delete(let queries, _):
      queries.reduce(0) { $0 + $1.detachedFootprint }
    case .set(let write, _): write.footprint
    case .update(let write, let options): write.footprint + options.footprint
    case .setSequential(let record, _), .publish(let record): record.detachedFootprint
    case .subscribe(let queries), .patternSubscribe(let queries):
      queries.reduce(0) { $0 + $1.source.count + $1.query.detachedFootprint }
    case .unsubscribe(let sources), .patternUnsubscribe(let sources):
      sources.reduce(0) { $0 + $1.count + MemoryLayout<[UInt8]>.stride }
    case .lock(let request):
      request.name.count + request.task.count + (request.body?.detachedFootprint ?? 0)
    case .unlock(let name, let task): name.count + task.count
    case .newSemaphore(let name, _): name.count
    case .takePermits(let request), .tryPermits(let request), .postPermits(let request):
      request.name.count + request.task.count
    case .enterBarrier(let request), .leaveBarrier(let request):
      request.name.count + request.task.count
    case .cancel(let tag): tag.count
    case .size, .untrigger, .sync: 0
    }
  }
}

extension UpdateOptions {
  fileprivate var footprint: Int {
    removed.reduce(0) { $0 + $1.count + MemoryLayout<[UInt8]>.stride }
      + added.reduce(0) { $0 + $1.attribute.count + MemoryLayout<Addition>.stride }
  }
}

extension Reply {
  /// What the reply itself takes, and the records that it keeps alive.
  ///
  /// - Complexity: O(records).
  package var footprint: (own: Int, records: Int) {
    switch self {
    case .ok, .null, .deferred, .integer, .error, .plan: (0, 0)
    case .record(let record), .name(let record), .grant(_, let record):
      (0, record.detachedFootprint)
    case .records(let records), .names(let records): Self.footprint(of: records)
    case .page(let next, let part):
      (part.footprint.own, part.footprint.records + (next?.detachedFootprint ?? 0))
    case .array(let parts):
      parts.reduce(into: (parts.count * MemoryLayout<Reply>.stride, 0)) { sum, part in
        sum += part.footprint
      }
    case .acknowledgements(let acknowledgements):
      acknowledgements.reduce(
        into: (acknowledgements.count * MemoryLayout<Acknowledgement>.stride, 0)
      ) { sum, acknowledgement in
        sum += Self.footprint(of: acknowledgement.snapshot?.records ?? [])
      }
    }
  }

  private static func footprint(of records: [Record]) -> (own: Int, records: Int) {
    let size = records.reduce(0) { $0 + $1.detachedFootprint }
    return (records.count * MemoryLayout<Record>.stride, size)
  }
}

private func += (sum: inout (Int, Int), more: (Int, Int)) {
  sum = (sum.0 + more.0, sum.1 + more.1)
}

extension Effect {
  package var footprint: Int {
    MemoryLayout<Effect>.stride + content
  }

  private var content: Int {
    switch self {
    case .reply(_, _, let reply, _), .deferred(_, _, let reply, _):
      reply.footprint.own + reply.footprint.records
    case .event(let event, let deliveries):
      (event.record?.detachedFootprint ?? 0) + deliveries.count * MemoryLayout<Delivery>.stride
    case .message(let record, let subscribers, _):
      record.detachedFootprint + subscribers.count * MemoryLayout<Subscriber>.stride
    case .overflow, .hold: 0
    }
  }
}
