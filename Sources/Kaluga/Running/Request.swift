import Octopus
// What people ask of a running Kaluga: published as a record, answered by others.
//
//   kaluga.request { id: 'x', verb: explain, target: 'hw.pci.device.0' }
//   kaluga.answer { id: 'x', status: 0, text: '…', more: false }
import OctopusSystem

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

  /// In bytes: an answer has room for it beside its text.
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

  /// What is to be done, and what there is to say.
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

/// An answer, or a part of one.
package struct Answer: Sendable {
  package var id: String
  package var status: Int32 = 0
  package var text: String
  /// Whether another part follows.
  package var hasMore = false

  /// How many bytes a part has: with every letter escaped far less than a record can have.
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

extension Reconciler {
  /// Instances by their record's name or number, by their driver, or by their device.
  func instances(of target: String) -> [Int] {
    if let number = InstanceRecord.number(target) ?? InstanceNumber.read(target.utf8) {
      return instances[number] == nil ? [] : [number]
    }
    if let id = device(target) {
      return Set(onDevice[id] ?? []).union(owners[id] ?? []).sorted()
    }
    return instances.values.filter { $0.key.driver == target }.map(\.number).sorted()
  }

  /// The catalogue, a line for each driver, and what is wrong in it.
  func driverLines() -> [String] {
    var counts: [String: Int] = [:]
    for instance in instances.values { counts[instance.key.driver, default: 0] += 1 }
    let width = catalogue.drivers.map(\.name.count).max() ?? 0
    let lines = catalogue.drivers.map { driver in
      let name = driver.name + String(repeating: " ", count: width - driver.name.count)
      let what = driver.match.map(\.description) ?? "\(driver.modalias.count) module aliases"
      return "\(name)  \(counts[driver.name] ?? 0) running or to run  \(driver.place)  \(what)"
    }
    return lines + catalogue.problems.map { "! \($0)" }
  }
}
