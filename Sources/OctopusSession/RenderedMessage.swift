import OctopusProtocol
import OctopusRecords
import RESP

/// A published record on its way to its subscribers: rendered once for all that subscribed with the
/// same query text over the same version of RESP.
package struct RenderedMessage: ~Copyable {
  let record: Record
  private let isShared: Bool
  private var source: [UInt8] = []
  private var rendered = RESPEncoder(version: .two)

  package init(_ record: Record, to subscribers: Int = 1) {
    self.record = record
    isShared = subscribers > 1
  }

  mutating func append(to encoder: inout RESPEncoder, source: [UInt8]) {
    guard isShared else { return encoder.append(message: record, source: source) }
    if rendered.bytes.isEmpty || rendered.version != encoder.version || self.source != source {
      rendered = RESPEncoder(version: encoder.version)
      rendered.append(message: record, source: source)
      self.source = source
    }
    encoder.bytes.append(contentsOf: rendered.bytes)
  }
}
