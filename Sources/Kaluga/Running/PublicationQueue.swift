// The records to be published. Of several changes of one record only the last is published.
import Octopus

/// Records to be set and deleted, by name, in the order of their first change.
struct PublicationQueue {
  private var order: [String] = []
  /// By name; nil for a record to be deleted.
  private var records: [String: Record?] = [:]

  /// The number of records in one transaction.
  private static let batch = 500

  var isEmpty: Bool { records.isEmpty }

  mutating func put(_ name: String, _ record: Record?) {
    if records.updateValue(record, forKey: name) == nil { order.append(name) }
  }

  mutating func removeAll() { self = PublicationQueue() }

  /// Removes and returns the next batch.
  mutating func take() -> (sets: [Record], deletions: [String]) {
    var (sets, deletions): ([Record], [String]) = ([], [])
    for name in order.prefix(Self.batch) {
      // Each name in the order has an entry.
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
