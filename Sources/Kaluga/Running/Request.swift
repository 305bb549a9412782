// Requests to a running Kaluga and its answers, which are published as records:
//
//   kaluga.request { id: 'x', verb: explain, target: 'hw.pci.device.0' }
//   kaluga.answer { id: 'x', status: 0, text: '…', more: false }
import Octopus
import OctopusSystem

/// A command of a user.
package struct Request: Sendable {
  package enum Verb: String, Sendable {
    case explain, drivers, start, stop, restart
  }

  package var id: String
  package var verb: Verb
  package var target: String

  package init(id: String, verb: Verb, target: String = "") {
    (self.id, self.verb, self.target) = (id, verb, target)
  }

  static let query: Query = "kaluga.request { id: _, verb: _ }"

  /// In bytes. An answer holds it beside its text.
  private static let longestID = 1_000

  init?(_ record: Record) {
    guard let id = record["id"]?.text, id.utf8.count <= Self.longestID,
      let verb = record["verb"]?.text.flatMap(Verb.init)
    else { return nil }
    self.init(id: id, verb: verb, target: record["target"]?.text ?? "")
  }

  package var record: Record {
    get throws {
      try Record(
        name: "kaluga.request",
        attributes: [
          "id": .string(id), "verb": .symbol(verb.rawValue), "target": .string(target),
        ])
    }
  }

  /// The answer, and the inputs that carry the request out.
  func answer(_ reconciler: borrowing Reconciler) -> (inputs: [Input], answer: Answer) {
    switch verb {
    case .drivers:
      return ([], Answer(id: id, text: reconciler.driverLines().joined(separator: "\n")))
    case .explain:
      guard let device = reconciler.device(target) else {
        return ([], Answer(id: id, status: 1, text: "no device \(target)"))
      }
      return ([], Answer(id: id, text: reconciler.explain(device).joined(separator: "\n")))
    case .start, .stop, .restart:
      let numbers = reconciler.instances(of: target)
      guard !numbers.isEmpty else {
        return ([], Answer(id: id, status: 1, text: "no instance, driver or device \(target)"))
      }
      let inputs = numbers.map { number -> Input in
        verb == .start ? .start(number) : verb == .stop ? .stop(number) : .restart(number)
      }
      let names = numbers.map { InstanceRecord.name($0) }
      return (inputs, Answer(id: id, text: names.joined(separator: "\n")))
    }
  }
}

/// An answer, or a part of a long one.
package struct Answer: Sendable {
  package var id: String
  package var status: Int32 = 0
  package var text: String
  /// Whether another part follows.
  package var hasMore = false

  /// The size of a part in bytes. Even with every letter escaped it fits into a record.
  private static let partLength = 100_000

  init(id: String, status: Int32 = 0, text: String) {
    (self.id, self.status, self.text) = (id, status, text)
  }

  package init?(_ record: Record) {
    guard let id = record["id"]?.text, let text = record["text"]?.text,
      let status = record["status"]?.integer.flatMap({ Int32(exactly: $0) }),
      let hasMore = record["more"]?.boolean
    else { return nil }
    self.init(id: id, status: status, text: text)
    self.hasMore = hasMore
  }

  var records: [Record] {
    var rest = text[...]
    var records: [Record] = []
    repeat {
      let part = rest.prefix(utf8: Self.partLength)
      rest = rest[part.endIndex...]
      let record = try? Record(
        name: "kaluga.answer",
        attributes: [
          "id": .string(id), "status": .integer(Int64(status)), "text": .string(String(part)),
          "more": .boolean(!rest.isEmpty),
        ])
      if let record { records.append(record) }
    } while !rest.isEmpty
    return records
  }
}
