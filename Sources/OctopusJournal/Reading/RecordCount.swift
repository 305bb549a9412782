import OctopusRecords

/// Counts the records of a journal, or of a backup, while it is read.
package struct RecordCount: Sendable {
  /// Whether they belong to sessions.
  private var records: [String: Bool] = [:]
  /// For messages.
  private let path: String
  private var wrongCount: StorageError?

  package init(of path: String) { self.path = path }

  package var all: Int { records.count }

  /// How many belong to sessions.
  package var transient: Int { records.values.count { $0 } }

  package mutating func take(_ item: JournalItem) {
    switch item {
    case .set(let stored): records[stored.record.name] = stored.owner != nil
    case .deleted(let record, _): records[record.name] = nil
    case .counter: break
    case .end(let count, _):
      if count != all { wrongCount = .wrongCount(path: path, stated: count, found: all) }
    }
  }

  /// Throws if a state has stated another number of records than it had.
  package func check() throws(StorageError) { if let wrongCount { throw wrongCount } }
}
