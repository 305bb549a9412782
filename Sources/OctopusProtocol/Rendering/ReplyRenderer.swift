import OctopusEngine
import OctopusRecords
import RESP

/// Writes one reply piece by piece, as fast as the socket takes it: a reply refers to records, and
/// only what was rendered and not yet sent takes memory of its own.
package struct ReplyRenderer: Sendable {
  /// A list that is being written, and how far that has come.
  private struct Frame {
    enum Source {
      case replies([Reply])
      case records([Record])
      case names([Record])
      case acknowledgements([Acknowledgement])
      /// What a pattern subscription's query matches now.
      case snapshot(Acknowledgement.Snapshot, query: [UInt8])
    }

    var source: Source
    var next = 0
  }

  /// The reply, until its beginning was written.
  private var start: Reply?
  /// The lists inside one another; the innermost is the last.
  private var frames: [Frame] = []

  package init(_ reply: Reply) { start = reply }

  /// Appends the next elements, until about `limit` bytes were appended or the reply is complete.
  /// At least one element is appended, and none is cut. Returns whether the reply is complete.
  @discardableResult
  package mutating func render(into encoder: inout RESPEncoder, limit: Int = .max) -> Bool {
    let (sum, overflow) = encoder.bytes.count.addingReportingOverflow(max(limit, 1))
    let end = overflow ? Int.max : sum
    if let reply = start {
      start = nil
      write(reply, into: &encoder)
    }
    while !frames.isEmpty, encoder.bytes.count < end { writeList(into: &encoder, until: end) }
    return frames.isEmpty
  }

  /// Writes a reply, or of a list its header.
  @inline(__always)
  private mutating func write(_ reply: Reply, into encoder: inout RESPEncoder) {
    switch reply {
    case .ok: encoder.simple("OK")
    case .null: encoder.null()
    case .deferred: encoder.simple("QUEUED")
    case .integer(let value): encoder.integer(value)
    case .record(let record): encoder.bulk(record)
    case .name(let record): encoder.bulk(nameOf: record)
    case .grant(let token, let record): encoder.append(grant: token, record)
    case .error(let failure): encoder.append(failure)
    case .plan(let plan): encoder.append(plan)
    case .page(let next, let part):
      encoder.arrayHeader(2)
      if let next { encoder.bulk(nameOf: next) } else { encoder.null() }
      write(part, into: &encoder)
    case .records(let records): open(.records(records), count: records.count, &encoder)
    case .names(let records): open(.names(records), count: records.count, &encoder)
    case .array(let replies): open(.replies(replies), count: replies.count, &encoder)
    case .acknowledgements(let acknowledgements):
      frames.append(Frame(source: .acknowledgements(acknowledgements)))
    }
  }

  private mutating func open(
    _ source: Frame.Source, count: Int, _ encoder: inout RESPEncoder
  ) {
    encoder.arrayHeader(count)
    if count > 0 { frames.append(Frame(source: source)) }
  }

  /// Writes elements of the innermost list, until it is complete, another opens in it, or `end`.
  private mutating func writeList(into encoder: inout RESPEncoder, until end: Int) {
    let innermost = frames.count - 1
    var next = frames[innermost].next
    let count: Int
    switch frames[innermost].source {
    case .records(let records):
      count = records.count
      while next < count, encoder.bytes.count < end {
        encoder.bulk(records[next])
        next += 1
      }
    case .names(let records):
      count = records.count
      while next < count, encoder.bytes.count < end {
        encoder.bulk(nameOf: records[next])
        next += 1
      }
    case .snapshot(let snapshot, let query):
      count = snapshot.records.count + 1
      while next < count, encoder.bytes.count < end {
        encoder.append(snapshot, next, query: query)
        next += 1
      }
    case .replies(let replies):
      count = replies.count
      while next < count, frames.count == innermost + 1, encoder.bytes.count < end {
        write(replies[next], into: &encoder)
        next += 1
      }
    case .acknowledgements(let acknowledgements):
      count = acknowledgements.count
      while next < count, frames.count == innermost + 1, encoder.bytes.count < end {
        write(acknowledgements[next], into: &encoder)
        next += 1
      }
    }
    frames[innermost].next = next
    // What opened inside it comes first.
    if next == count, frames.count == innermost + 1 { frames.removeLast() }
  }

  private mutating func write(
    _ acknowledgement: Acknowledgement, into encoder: inout RESPEncoder
  ) {
    encoder.pushHeader(3)
    encoder.bulk(acknowledgement.kind.text)
    if let source = acknowledgement.source { encoder.bulk(source) } else { encoder.null() }
    encoder.integer(acknowledgement.count)
    if let snapshot = acknowledgement.snapshot, let query = acknowledgement.source {
      frames.append(Frame(source: .snapshot(snapshot, query: query)))
    }
  }
}

extension Acknowledgement.Kind {
  /// The command that it answers, as Redis clients expect it in the first element.
  fileprivate var text: String {
    switch self {
    case .subscribed: "subscribe"
    case .unsubscribed: "unsubscribe"
    case .patternSubscribed: "psubscribe"
    case .patternUnsubscribed: "punsubscribe"
    }
  }
}

extension Reply {
  /// Whether it can be written at one go: it has at most a record, and its revision or its
  /// trigger's id.
  package var isShort: Bool {
    switch self {
    case .records, .names, .page, .acknowledgements: false
    case .array(let parts): parts.count <= 3 && parts.allSatisfy(\.isSingle)
    default: true
    }
  }

  private var isSingle: Bool {
    switch self {
    case .array: false
    default: isShort
    }
  }
}

extension RESPEncoder {
  /// Appends a whole reply.
  package mutating func append(_ reply: Reply) {
    // The commonest, without a list to keep track of.
    switch reply {
    case .ok: return simple("OK")
    case .null: return null()
    case .record(let record): return bulk(record)
    case .name(let record): return bulk(nameOf: record)
    case .grant(let token, let record): return append(grant: token, record)
    case .integer(let value): return integer(value)
    case .array(let parts) where reply.isShort:
      arrayHeader(parts.count)
      for part in parts { append(part) }
      return
    default: break
    }
    var renderer = ReplyRenderer(reply)
    renderer.render(into: &self)
  }

  package mutating func append(_ failure: Failure) {
    error(code: failure.code.rawValue, message: failure.message)
  }

  fileprivate mutating func append(grant token: Revision, _ record: Record) {
    arrayHeader(2)
    integer(token)
    bulk(nameOf: record)
  }

  /// A record's text.
  @inline(__always)
  mutating func bulk(_ record: Record) {
    record.withContents { bulk(UnsafeRawBufferPointer($0.text)) }
  }

  /// A record's name, in text form.
  mutating func bulk(nameOf record: Record) {
    record.withContents { bulk(UnsafeRawBufferPointer($0.nameText)) }
  }

  fileprivate mutating func append(_ plan: PlanDescription) {
    mapHeader(5)
    bulk("query")
    bulk(plan.query)
    bulk("index")
    bulk(plan.index)
    let counts = [
      ("candidates", plan.candidates), ("matches", plan.matches), ("records", plan.records),
    ]
    for (name, count) in counts {
      bulk(name)
      integer(count)
    }
  }

  /// The next `existing` of a snapshot, or after the last of them `synced`.
  fileprivate mutating func append(
    _ snapshot: Acknowledgement.Snapshot, _ index: Int, query: [UInt8]
  ) {
    pushHeader(4)
    bulk("pmessage")
    bulk(query)
    if index < snapshot.records.count {
      bulk("existing")
      bulk(snapshot.records[index])
    } else {
      bulk("synced")
      bulk(String(snapshot.revision))
    }
  }
}

extension RecordContents {
  /// The name in text form, with which the text begins.
  var nameText: Bytes {
    guard text.first == UInt8(ascii: "'") else { return Bytes(rebasing: text.prefix(name.count)) }
    var end = 1
    while end < text.count, text[end] != UInt8(ascii: "'") {
      end += text[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    return Bytes(rebasing: text.prefix(end + 1))
  }
}
