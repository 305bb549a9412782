import OctopusEngine
import OctopusRecords
import RESP

// Pushes: pushes in RESP3, arrays in RESP2. The first element is a bulk string, as Redis clients
// require.
extension RESPEncoder {
  /// Appends a trigger's event as its sink wants it: `trigger …`, or `pmessage …`, which says
  /// nothing of a removal.
  package mutating func append(_ event: Event, to sink: Delivery.Sink, isLast: Bool) {
    switch sink {
    case .trigger(let id):
      pushHeader(6)
      bulk("trigger")
      integer(id)
      bulk(event.kind.text(isLast: isLast))
      integer(event.revision)
      if let record = event.record { bulk(record) } else { null() }
      integer(event.previous)
    case .pattern(let source):
      guard let record = event.record else { return }
      pushHeader(4)
      bulk("pmessage")
      bulk(source)
      bulk(event.kind.rawValue)
      bulk(record)
    }
  }

  /// Appends `message, query, record text`.
  package mutating func append(message record: Record, source: [UInt8]) {
    raw(version == .two ? "*3\r\n$7\r\nmessage\r\n" : ">3\r\n$7\r\nmessage\r\n")
    bulk(source)
    bulk(record)
  }

  /// Appends `deferred, tag, reply`.
  package mutating func append(deferred tag: [UInt8], _ reply: Reply) {
    pushHeader(3)
    bulk("deferred")
    bulk(tag)
    append(reply)
  }

  /// How many bytes `append(_:to:isLast:)` appends.
  package static func byteCount(
    _ event: Event, to sink: Delivery.Sink, isLast: Bool, version: RESPVersion
  ) -> Int {
    switch sink {
    case .trigger(let id):
      let null = version == .two ? 5 : 3
      return headerCount(6) + bulkCount(7) + headerCount(id)
        + bulkCount(event.kind.text(isLast: isLast).utf8.count) + headerCount(event.revision)
        + (event.record.map { bulkCount($0.textCount) } ?? null) + headerCount(event.previous)
    case .pattern(let source):
      guard let record = event.record else { return 0 }
      return headerCount(4) + bulkCount(8) + bulkCount(source.count)
        + bulkCount(event.kind.rawValue.utf8.count) + bulkCount(record.textCount)
    }
  }

  /// How many bytes `append(message:source:)` appends, in both versions.
  package static func byteCount(message record: Record, source: [UInt8]) -> Int {
    headerCount(3) + bulkCount(7) + bulkCount(source.count) + bulkCount(record.textCount)
  }

  /// The bytes of a type, a number, CRLF.
  private static func headerCount(_ value: Int64) -> Int {
    var count = value < 0 ? 5 : 4
    var rest = value.magnitude
    while rest >= 10 {
      rest /= 10
      count += 1
    }
    return count
  }

  private static func bulkCount(_ count: Int) -> Int { headerCount(Int64(count)) + count + 2 }
}

extension Event.Kind {
  /// As a `trigger` push says it.
  fileprivate func text(isLast: Bool) -> String {
    isLast && self != .removed ? rawValue + " removed" : rawValue
  }
}
