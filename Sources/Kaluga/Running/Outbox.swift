// Records that are to be set and deleted, of which only the last state counts.
import Octopus

struct Outbox {
  private var order: [String] = []
  /// Nil: it is to be deleted.
  private var records: [String: Record?] = [:]

  /// How much goes into one step of the server.
  private static let batch = 500

  var isEmpty: Bool { records.isEmpty }

  mutating func put(_ name: String, _ record: Record?) {
    if records.updateValue(record, forKey: name) == nil { order.append(name) }
  }

  mutating func removeAll() { self = Outbox() }

  /// Takes some of what there is.
  mutating func take() -> (sets: [Record], deletions: [String]) {
    var (sets, deletions): ([Record], [String]) = ([], [])
    for name in order.prefix(Self.batch) {
      // Each name in the order has its record.
      if let record = records.removeValue(forKey: name)! {
        sets.append(record)
      } else {
        deletions.append(name)
      }
    }
    order.removeFirst(min(Self.batch, order.count))
    return (sets, deletions)
  }
}
