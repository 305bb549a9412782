import OctopusEngine
import OctopusRecords
import RESP

extension RESPEncoder {
  /// Appends a trigger's event as its sink wants it: `trigger …` or `pmessage …`.
  package mutating func append(_ event: Event, to sink: Delivery.Sink, isLast: Bool) {}
  /// Appends `message, query, record text`.
  package mutating func append(message record: Record, source: [UInt8]) {}

  /// How many bytes `append(_:to:isLast:)` appends.
  package static func byteCount(
    _ event: Event, to sink: Delivery.Sink, isLast: Bool, version: RESPVersion
  ) -> Int { 0 }
  /// How many bytes `append(message:source:)` appends, in both versions.
  package static func byteCount(message record: Record, source: [UInt8]) -> Int { 0 }
}
