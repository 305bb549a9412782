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

/// All changes of one life of the server, in order, as one client observed them. If the server was
/// killed, its state directory has the last ones.
package struct StoreHistory {
  /// Records by name, with their revisions.
  typealias State = [String: (record: Record, revision: Int64)]

  /// The revision at the beginning.
  private(set) var start: Int64 = 0
  /// The records at the beginning.
  private(set) var restored: State = [:]
  /// The records at the end.
  private(set) var state: State = [:]
  private(set) var changes: [Change] = []
  private(set) var violations: [String] = []
  /// The places of changes, by revision.
  private var places: [Int64: Int] = [:]
  /// The records at the beginning, by revision.
  private var older: [Int64: Record] = [:]
  /// Revisions that no change may have.
  private let passedOver: Set<Int64>

  /// Reads the observer's journal, which must be consistent: it has every revision once. Takes the
  /// changes that the observer was not told of from the disk.
  package init(_ journal: [Entry], disk: DiskImage? = nil) {
    passedOver = disk?.firsts ?? []
    var isBegun = false
    for case .heard(let value, _) in journal {
      switch value {
      case .array(let parts) where parts.count == 3 && !isBegun:
        start = parts[1].integer ?? -1
        isBegun = true
        for text in parts[2].elements ?? [] { restore(text, at: 0) }
      case .array(let parts) where parts.count == 2:
        restore(parts[0], at: parts[1].integer ?? -1)
      case .push(let parts) where parts.first?.text == "trigger":
        guard take(parts) else { return }
      default: break
      }
    }
    if !isBegun { violations.append("nobody observed") }
    if let disk { goOn(with: disk) }
  }

  /// The revision of the last change.
  var end: Int64 { changes.last?.revision ?? start }

  subscript(revision: Int64) -> Change? { places[revision].map { changes[$0] } }

  /// Whether a record of this name was there at a revision.
  func isThere(_ name: String, at revision: Int64) -> Bool {
    guard let last = changes.last(where: { $0.revision <= revision && $0.record.name == name })
    else { return restored[name] != nil }
    return last.after != nil
  }

  /// The record that was set at a revision, maybe before the beginning.
  func record(setAt revision: Int64) -> Record? {
    self[revision]?.after ?? older[revision]
  }

  private mutating func restore(_ text: RESPValue, at revision: Int64) {
    guard let record = try? Record(parsing: text.text ?? "") else {
      violations.append("a strange record: \(text)")
      return
    }
    restored[record.name] = (record, revision)
    older[revision] = record
    state[record.name] = (record, revision)
  }

  // MARK: Changes

  /// Takes an event over; false if one before it is missing.
  private mutating func take(_ parts: [RESPValue]) -> Bool {
    guard parts.count == 6, let kind = parts[2].text, let revision = parts[3].integer,
      let text = parts[4].text, let record = try? Record(parsing: text),
      let previous = parts[5].integer, ["set", "del"].contains(kind)
    else {
      violations.append("a strange event: \(parts)")
      return true
    }
    let before = state[record.name]
    if previous != before?.revision ?? 0 {
      violations.append("\(record.name) was @\(before?.revision ?? 0), not @\(previous)")
    }
    if kind == "del", before?.record != record {
      violations.append("@\(revision): another was deleted")
    }
    return append(record, isDeletion: kind == "del", revision)
  }

  private mutating func append(_ record: Record, isDeletion: Bool, _ revision: Int64) -> Bool {
    let isNext = revision == end + 1 || revision == end + 2 && passedOver.contains(end + 1)
    guard isNext else {
      violations.append("revision \(revision) after \(end)")
      return false
    }
    let before = state[record.name]
    state[record.name] = isDeletion ? nil : (record, revision)
    places[revision] = changes.count
    // A deletion of what is not there has at least a name.
    changes.append(
      Change(
        revision: revision, after: isDeletion ? nil : record,
        before: before ?? (isDeletion ? (record, 0) : nil)))
    return true
  }

  /// Compares what was observed with what the disk has, and takes over what was not observed.
  private mutating func goOn(with disk: DiskImage) {
    if disk.end < end {
      violations.append("@\(end) was observed, and the disk ends at @\(disk.end)")
    }
    for change in disk.changes where change.revision > start {
      guard change.revision <= end else {
        if change.isDeletion, state[change.record.name] == nil {
          violations.append("@\(change.revision): the disk deletes what is not there")
        }
        guard append(change.record, isDeletion: change.isDeletion, change.revision) else { return }
        continue
      }
      let observed = self[change.revision]
      let isSame =
        change.isDeletion
        ? observed?.after == nil && observed?.record.name == change.record.name
        : observed?.after == change.record
      if !isSame {
        violations.append("@\(change.revision): the disk has another change: \(change.record)")
      }
    }
  }
}
