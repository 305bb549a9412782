import OctopusRecords
import OctopusStore

// How a step's writes become one change for each record.

/// A record of a lock, a semaphore or a barrier was created, written again, or deleted.
struct QueueChange {
  let place: Place
  /// Nil: it was deleted.
  let record: Record?
  let isNew: Bool
  var revision: Revision
}

extension Step {
  /// The change of this step to a record: the one that its row shows, or, where it has no row, the one that
  /// has deleted it. Nil if this step has not changed it.
  @inline(__always)
  func earlierChange(to row: Row?, _ record: Record) -> Int? {
    if let row { return change(of: row) }
    return deletions > 0 ? deletion(of: record) : nil
  }

  /// The change of this step that a row shows; nil if an earlier step has written it.
  @inline(__always)
  func change(of row: Row) -> Int? { row.revision > base ? Int(row.revision - base) - 1 : nil }

  /// The change of this step that has deleted the record of this name, which is not there.
  ///
  /// - Complexity: O(1), amortized over the step's changes.
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

  /// Notes that a record was written again.
  func rewrite(_ change: Int, as after: Row) {
    if changes[change].after == nil { deletions -= 1 }
    changes[change].after = Change.Stored(after)
  }

  /// Notes that a record was deleted, and answers the revision of that.
  @discardableResult
  func erase(_ change: Int?, _ before: Row, at revision: Revision) -> Revision {
    deletions += 1
    guard let change else {
      changes.append(Change(revision: revision, before: Change.Stored(before), after: nil))
      return revision
    }
    // A change without both states no longer tells the record's name.
    if changes[change].before == nil {
      indices[before.record.withContents { Array($0.name) }] = change
    }
    changes[change].after = nil
    return changes[change].revision
  }

  func noteQueue(_ place: Place, _ record: Record?, isNew: Bool = false, at revision: Revision) {
    placed.append(QueueChange(place: place, record: record, isNew: isNew, revision: revision))
  }

  /// Whether this step created a record and deleted it again.
  var hasVoidChanges: Bool { deletions > 0 && changes.contains(where: \.isVoid) }

  /// Removes the changes of records that this step created and deleted, so that every revision has a change.
  ///
  /// - Returns: a map from old to new revisions. The revision of a removed change becomes that of the last
  ///   kept change before it.
  func dropVoidChanges() -> RevisionMap {
    let former = base
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
    let map = RevisionMap(base: former, revisions: revisions)
    for index in placed.indices { placed[index].revision = map[placed[index].revision] }
    return map
  }
}

/// The new revisions of a step's changes, by their old ones.
struct RevisionMap {
  fileprivate let base: Revision
  fileprivate let revisions: [Revision]

  subscript(revision: Revision) -> Revision {
    revision <= base ? revision : revisions[Int(revision - base) - 1]
  }
}

extension Change {
  /// Whether nothing has changed in the end.
  fileprivate var isVoid: Bool { before == nil && after == nil }

  fileprivate mutating func move(to target: Revision) {
    if after?.created == revision { after?.created = target }
    after?.revision = target
    revision = target
  }
}
