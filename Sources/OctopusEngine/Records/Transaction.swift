import OctopusRecords
import OctopusStore
import OrderedCollections

/// The log of one step's commands: it is committed as a whole, or undone as a whole.
///
/// A record has at most one change in a transaction: a second write to it alters the change that is
/// there, which keeps its revision and the state before the transaction.
// A class, so that its memory is used again without a copy; an engine never shares one.
final class Transaction {
  /// The revision before the transaction. `changes[i]` has the revision `base + 1 + i`.
  private(set) var base: Revision
  /// The changes to records, which the store shows already. A record that this transaction has both
  /// created and deleted has a change with neither a state before nor one after it.
  private(set) var changes: [Change] = []
  /// How many changes have no state after them.
  private var deletions = 0
  /// Indices of changes by the names of their records. Filled when it is needed.
  private var indices: [[UInt8]: Int] = [:]
  private var indexedChanges = 0
  /// The counters that gave numbers: their values before and after.
  private(set) var counters: [(prefix: [UInt8], before: Int64?, next: Int64)] = []

  /// Changes to the members of locks, semaphores and barriers, each write for itself.
  private(set) var queueChanges: [QueueChange] = []
  /// How many of these were applied to the queues.
  private var appliedQueueChanges = 0
  /// The replies of waits that have ended.
  var completions: [(id: WaitID, reply: Reply)] = []

  /// Triggers to install at the commit, and those to remove.
  var installed: OrderedDictionary<TriggerID, Watcher> = [:]
  /// What those to install add to the work of each change.
  var installedWork = 0
  var removed: OrderedSet<TriggerID> = []
  /// The wait of the command, to begin at the commit.
  var wait: Wait?
  /// Published records with their subscribers.
  private(set) var messages: [(record: Record, subscribers: [Subscriber])] = []
  /// The number of subscribers of all messages together.
  private(set) var deliveries = 0

  init(after base: Revision) { self.base = base }

  /// Begins, in the memory of an earlier transaction that was cleared.
  func begin(after revision: Revision) { base = revision }

  func clear() {
    changes.clear()
    deletions = 0
    if !indices.isEmpty { indices = [:] }
    indexedChanges = 0
    counters.clear()
    queueChanges.clear()
    appliedQueueChanges = 0
    completions.clear()
    if !installed.isEmpty { installed = [:] }
    installedWork = 0
    if !removed.isEmpty { removed = [] }
    if wait != nil { wait = nil }
    messages.clear()
    deliveries = 0
  }

  func publish(_ record: Record, to subscribers: [Subscriber]) {
    deliveries += subscribers.count
    messages.append((record, subscribers))
  }

  func noteCounter(_ prefix: [UInt8], from before: Int64?, to next: Int64) {
    counters.append((prefix, before, next))
  }

  /// Reports what takes effect.
  func report(to log: any ChangeLog) {
    for (name, _, next) in counters { log.append(counter: name, next: next) }
    // Not copied: that would count references.
    changes.withUnsafeBufferPointer { changes in
      for index in changes.indices { log.append(changes[index]) }
    }
  }

  func note(_ change: QueueChange) { queueChanges.append(change) }

  var hasUnappliedQueueChanges: Bool { appliedQueueChanges < queueChanges.count }

  /// The range of the queue changes that were not applied yet. They count as applied from now on.
  func takeUnappliedQueueChanges() -> Range<Int> {
    defer { appliedQueueChanges = queueChanges.count }
    return appliedQueueChanges..<queueChanges.count
  }
}

extension Array {
  /// Empties the array. It keeps a little memory, and no more.
  fileprivate mutating func clear() {
    guard !isEmpty else { return }
    if capacity > 16 { self = [] }
    while popLast() != nil {}
  }
}

// MARK: One change for each record

extension Transaction {
  /// The index of this transaction's change to a record, whose row is given if it exists; nil if
  /// this transaction has not changed the record.
  @inline(__always)
  func earlierChange(to row: Row?, _ record: Record) -> Int? {
    if let row { return change(of: row) }
    return deletions > 0 ? deletion(of: record) : nil
  }

  /// The index of the change that wrote a row; nil if an earlier transaction wrote it.
  @inline(__always)
  func change(of row: Row) -> Int? { row.revision > base ? Int(row.revision - base) - 1 : nil }

  /// The index of the change that deleted the record of this name, which does not exist now.
  ///
  /// - Complexity: O(1), amortized over the changes.
  @inline(never)
  private func deletion(of record: Record) -> Int? {
    while indexedChanges < changes.count {
      let change = changes[indexedChanges]
      if let record = (change.before ?? change.after)?.record {
        indices[record.withContents { Array($0.name) }] = indexedChanges
      }
      indexedChanges += 1
    }
    return record.withContents { indices[Array($0.name)] }
  }

  /// Notes the first change to a record in this transaction.
  func append(_ change: Change) {
    changes.append(change)
    if change.after == nil { deletions += 1 }
  }

  /// Notes that a record, which this transaction has changed before, was written again.
  func amend(_ change: Int, after row: Row) {
    if changes[change].after == nil { deletions -= 1 }
    changes[change].after = Change.Stored(row)
  }

  /// Notes that a record, which this transaction has changed before, was deleted.
  func amendToDeletion(_ change: Int, before row: Row) {
    deletions += 1
    // A change without both states does not tell the record's name.
    if changes[change].before == nil {
      indices[row.record.withContents { Array($0.name) }] = change
    }
    changes[change].after = nil
  }

  /// Whether this transaction created a record and deleted it again.
  var hasVoidChanges: Bool { deletions > 0 && changes.contains(where: \.isVoid) }

  /// Removes the changes of records that this transaction created and deleted again, so that every
  /// revision has a change.
  ///
  /// - Returns: A map from old to new revisions. The revision of a removed change becomes that of
  ///   the last kept change before it.
  func dropVoidChanges() -> RevisionMap {
    var kept: [Change] = []
    var revisions: [Revision] = []
    for var change in changes {
      if !change.isVoid {
        change.move(to: base + Revision(kept.count) + 1)
        kept.append(change)
      }
      revisions.append(base + Revision(kept.count))
    }
    changes = kept
    deletions = kept.count { $0.after == nil }
    (indices, indexedChanges) = ([:], 0)
    let map = RevisionMap(base: base, revisions: revisions)
    for index in queueChanges.indices {
      guard case .joined(let record, let token, let newcomer) = queueChanges[index].kind else {
        continue
      }
      queueChanges[index].kind = .joined(record, map[token], newcomer)
    }
    return map
  }
}

/// The new revisions of a transaction's changes, by their old ones.
struct RevisionMap {
  fileprivate let base: Revision
  fileprivate let revisions: [Revision]

  subscript(revision: Revision) -> Revision {
    revision <= base ? revision : revisions[Int(revision - base) - 1]
  }
}

extension Change {
  /// Whether the record existed neither before nor after the transaction.
  fileprivate var isVoid: Bool { before == nil && after == nil }

  fileprivate mutating func move(to target: Revision) {
    if after?.created == revision { after?.created = target }
    after?.revision = target
    revision = target
  }
}

extension Change.Stored {
  init(_ row: Row) {
    self.init(
      record: row.record, revision: row.revision, created: row.created,
      owner: row.owner == 0 ? nil : row.owner)
  }
}

extension Row {
  init(_ stored: Change.Stored) {
    self.init(
      record: stored.record, revision: stored.revision, created: stored.created,
      owner: stored.owner ?? 0)
  }
}
