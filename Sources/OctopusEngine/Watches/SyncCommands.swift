import DequeModule

// SYNC: waits until changes are on the disk. The host tells when they are.

extension Engine {
  /// Answers at once if all changes are on the disk, or there is no time to wait.
  func sync(timeout: Int64?) throws(Failure) -> Answer {
    guard let durable = syncs.durable else { throw .noJournal }
    if durable >= records.revision { return .reply(.integer(durable)) }
    return timeout == 0 ? .reply(.null) : .wait(for: .durability(records.revision))
  }

  /// Answers those that waited for changes that are on the disk now.
  mutating func noteDurable(_ revision: Revision, into effects: inout [Effect]) {
    for id in syncs.advance(to: revision) {
      resume(id, with: .integer(revision), into: &effects)
    }
  }

  /// Whether a client waits for the disk: then the host should sync its journal.
  package var waitsForDisk: Bool { !syncs.isEmpty }

  /// The host keeps a journal, on whose disk all changes up to this revision are.
  package mutating func keepJournal(durable revision: Revision) { _ = syncs.advance(to: revision) }
}

extension Failure {
  package static let noJournal = Failure(
    .error, "there is no journal: records do not survive the server")
}

/// The waits of SYNC, in the order of the revisions that they wait for. A wait that has ended stays
/// until its revision is on the disk.
struct SyncTable {
  /// The revision up to which all changes are on the disk; nil: there is no journal.
  private(set) var durable: Revision?
  private var waits: Deque<(revision: Revision, id: WaitID)> = []

  var isEmpty: Bool { waits.isEmpty }

  mutating func append(_ revision: Revision, _ id: WaitID) { waits.append((revision, id)) }

  /// Drops waits that have ended, before they outnumber all that wait.
  mutating func dropEnded(besides table: borrowing WaitTable) {
    guard waits.count > 1_024, waits.count > 2 * table.count else { return }
    waits = Deque(waits.filter { table.contains($0.id) })
  }

  /// Removes the waits for revisions up to this one.
  mutating func advance(to revision: Revision) -> [WaitID] {
    durable = max(durable ?? 0, revision)
    var ended: [WaitID] = []
    while let first = waits.first, first.revision <= revision {
      ended.append(first.id)
      waits.removeFirst()
    }
    return ended
  }
}
