import OctopusRecords

@testable import OctopusEngine

// Effects as lines of text: what a replay must repeat byte for byte. Of an error only its code.

extension Effect {
  var line: String {
    switch self {
    case .reply(let session, let request, let reply, let revision):
      "\(session).\(request) @\(revision): \(reply.line)"
    case .deferred(let session, let tag, let reply, let revision):
      "\(session) deferred \(quoted(tag)) @\(revision): \(reply.line)"
    case .event(let event, let deliveries):
      "event \(event.kind) @\(event.revision) \(event.record?.description ?? "-") "
        + "was @\(event.previous) -> \(deliveries.map(\.line).joined(separator: ", "))"
    case .message(let record, let subscribers, let revision):
      "message @\(revision) \(record) -> "
        + subscribers.map { "\($0.session) \(quoted($0.source))" }.joined(separator: ", ")
    case .overflow(let session, _): "overflow \(session)"
    case .hold(let revision): "hold until @\(revision)"
    }
  }
}

extension Delivery {
  fileprivate var line: String {
    let sink =
      switch sink {
      case .trigger(let id): "trigger \(id)"
      case .pattern(let source): "pattern \(quoted(source))"
      }
    return "\(session) \(sink)\(isLast ? " last" : "")"
  }
}

extension Reply {
  var line: String {
    switch self {
    case .ok: "OK"
    case .null: "null"
    case .deferred: "QUEUED"
    case .integer(let number): "\(number)"
    case .record(let record): "\(record)"
    case .name(let record): "name of \(record)"
    case .grant(let token, let record): "[\(token), name of \(record)]"
    case .records(let records): "[\(records.map(\.description).joined(separator: "; "))]"
    case .names(let records): "names of [\(records.map(\.description).joined(separator: "; "))]"
    case .page(let next, let part): "\(next.map { "to \($0.name)" } ?? "last"): \(part.line)"
    case .plan(let plan): "\(plan)"
    case .error(let failure): "-\(failure.code.rawValue)"
    case .array(let replies): "[\(replies.map(\.line).joined(separator: ", "))]"
    case .acknowledgements(let all): all.map(\.line).joined(separator: " ")
    }
  }
}

extension Acknowledgement {
  fileprivate var line: String {
    var line = "<\(kind) \(source.map(quoted) ?? "-") \(count)"
    if let snapshot {
      line += " [\(snapshot.records.map(\.description).joined(separator: "; "))]"
      line += " @\(snapshot.revision)"
    }
    return line + ">"
  }
}

func quoted(_ source: [UInt8]) -> String {
  "\"\(String(decoding: source, as: UTF8.self))\""
}
