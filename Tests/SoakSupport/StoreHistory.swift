import OctopusRecords
import RESP

/// A change of a record, as reported to a client that observes everything.
package struct Change: Sendable {
  var revision: Int64
  /// The new state; nil: it was deleted.
  var after: Record?
  /// The last state before, and its revision; nil: it is new.
  var before: (record: Record, revision: Int64)?

  var record: Record { (after ?? before?.record)! }  // One of them is there.
}

/// All changes, in order, as one client observed them, beginning with an empty store.
package struct StoreHistory {
  /// The revision of the empty store.
  private(set) var start: Int64 = 0
  private(set) var changes: [Change] = []
  private(set) var violations: [String] = []

  /// Reads the observer's journal, which must be consistent: it has every revision once.
  package init(_ journal: [Entry]) {
    var state: [String: (record: Record, revision: Int64)] = [:]
    var isBegun = false
    for case .heard(let value, _) in journal {
      if case .array(let parts) = value, !isBegun, parts.count == 3 {
        start = parts[1].integer ?? -1
        isBegun = true
        if parts[2].elements?.isEmpty != true { violations.append("the store was not empty") }
      }
      guard case .push(let parts) = value, parts.first?.text == "trigger" else { continue }
      guard parts.count == 6, let kind = parts[2].text, let revision = parts[3].integer,
        let text = parts[4].text, let record = try? Record(parsing: text),
        let previous = parts[5].integer
      else {
        violations.append("a strange event: \(value)")
        continue
      }
      let before = state[record.name]
      if revision != start + Int64(changes.count) + 1 {
        violations.append("revision \(revision) after \(start + Int64(changes.count))")
        return
      }
      if previous != before?.revision ?? 0 {
        violations.append("\(record.name) was @\(before?.revision ?? 0), not @\(previous)")
      }
      switch kind {
      case "set": state[record.name] = (record, revision)
      case "del":
        if before?.record != record { violations.append("@\(revision): another was deleted") }
        state[record.name] = nil
      default: violations.append("@\(revision): \(kind)")
      }
      changes.append(
        Change(revision: revision, after: kind == "set" ? record : nil, before: before))
    }
    if !isBegun { violations.append("nobody observed") }
  }

  /// Whether a record of this name was there at a revision.
  func isThere(_ name: String, at revision: Int64) -> Bool {
    changes.last { $0.revision <= revision && $0.record.name == name }?.after != nil
  }

  /// The revision of the last change.
  var end: Int64 { start + Int64(changes.count) }

  subscript(revision: Int64) -> Change? {
    guard revision > start, revision <= end else { return nil }
    return changes[Int(revision - start) - 1]
  }
}
