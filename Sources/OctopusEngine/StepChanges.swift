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
  /// The change of this step that a row shows; nil if an earlier step has written it.
  func change(of row: Row) -> Int? { row.revision > base ? Int(row.revision - base) - 1 : nil }

  /// The change of this step that has deleted the record of this name, which is not there.
  ///
  /// - Complexity: O(1) where the step has deleted nothing, else O(1) amortized.
  func deletion(of record: Record) -> Int? {
    guard deletions > 0 else { return nil }
    while indexedChanges < changes.count {
      let change = changes[indexedChanges]
      if let record = (change.before ?? change.after)?.record {
        indices[record.withContents { Array($0.name) }] = indexedChanges
      }
      indexedChanges += 1
    }
    return record.withContents { indices[Array($0.name)] }
  }

  /// Notes that a record was written: for the first time, with a revision of its own, or again.
  func write(_ change: Int?, _ before: Row?, _ after: Row) {
    guard let change else {
      changes.append(
        Change(
          revision: after.revision, before: before.map(Change.Stored.init),
          after: Change.Stored(after)))
      return
    }
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
    changes[change].after = nil
    return changes[change].revision
  }

  func noteQueue(_ place: Place, _ record: Record?, isNew: Bool = false, at revision: Revision) {
    placed.append(QueueChange(place: place, record: record, isNew: isNew, revision: revision))
  }

  /// Whether a record came and went.
  var hasVoidChanges: Bool { deletions > 0 && changes.contains(where: \.isVoid) }

  /// Takes out the changes of records that came and went, so that there is no revision without a change.
  ///
  /// Answers what the revisions of this step have become: that of the last change until then that stays.
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
    (indices, indexedChanges) = ([:], 0)
    let map = RevisionMap(base: former, revisions: revisions)
    for index in placed.indices { placed[index].revision = map[placed[index].revision] }
    return map
  }
}

/// What the revisions of a step have become.
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
