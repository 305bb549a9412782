import OctopusRecords

/// Checks the replies of a transaction's writes against what all other clients saw: one change of
/// each record, from its state before the transaction to its state after it.
struct TransactionCheck {
  let transaction: SessionHistory.Transaction
  let store: StoreHistory
  private(set) var violations: [String] = []
  /// The revisions that nobody may see but the transaction, as far as is certain.
  private(set) var inside: Range<Int64>?

  init(_ transaction: SessionHistory.Transaction, _ store: StoreHistory) {
    self.transaction = transaction
    self.store = store
    var revisions: [Int64] = []
    var checked: Set<String> = []
    for write in transaction.writes {
      guard let name = write.name else {
        // If all that it deleted had come in the transaction, it made no change.
        if write.isDeletion(store[write.revision]) { revisions.append(write.revision) }
        continue
      }
      if let change = store[write.revision], change.record.name == name {
        revisions.append(write.revision)
        if checked.insert(name).inserted { check(name, change) }
      } else if store.isThere(name, at: transaction.end) {
        violations.append("\(write) is lost in a transaction up to @\(transaction.end)")
      }
    }
    if let first = revisions.min(), first < transaction.end { inside = first..<transaction.end }
  }

  /// The last write to a record is what the others see; the ones before it are seen by nobody.
  private mutating func check(_ name: String, _ change: Change) {
    let deletes = transaction.writes.contains {
      if case .deleted = $0.effect { $0.name == nil || $0.name == name } else { false }
    }
    guard let after = change.after else {
      if !deletes { violations.append("@\(change.revision): nothing has deleted \(name)") }
      return
    }
    let texts = transaction.writes.filter { $0.name == name }.map(\.text)
    guard let last = texts.last else { return }
    if let last, last != after.description {
      violations.append("@\(change.revision): \(after), and its transaction wrote \(last)")
    }
  }
}

extension SessionHistory {
  /// The writes of a transaction that was carried out, in order.
  struct Transaction {
    var writes: [Written] = []
    /// A revision that reflects all of it.
    var end: Int64

    /// All revisions that may be its own. Where a record came and went there are fewer than were
    /// told.
    var revisions: ClosedRange<Int64>? {
      let first = writes.map { write in
        if case .deleted(_, let count) = write.effect {
          write.revision - count + 1
        } else {
          write.revision
        }
      }.min()
      return first.map { min($0, end)...end }
    }
  }
}

extension SessionHistory.Written {
  /// The one record that it was about; nil: a pattern.
  var name: String? {
    switch effect {
    case .set(let text): try? Record(parsing: text).name
    case .numbered(let name), .joined(let name): (try? Record(parsing: name))?.name
    case .added(let query, _, _, _), .deleted(let query, _):
      query.withExactName { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// Whether it may have made this change, by deleting a record.
  fileprivate func isDeletion(_ change: Change?) -> Bool {
    guard case .deleted(let query, _) = effect, let change, let before = change.before else {
      return false
    }
    return change.after == nil && query.matches(before.record)
  }

  /// The record's text after it, where the reply or the request said so.
  var text: String? {
    switch effect {
    case .set(let text), .added(_, _, _, let text): text
    case .numbered, .joined, .deleted: nil
    }
  }
}
