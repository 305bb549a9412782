import OctopusEngine
import OctopusJournal
import OctopusRecords

/// The changes of steps that are not written yet. It decides which effects must wait for the disk.
///
/// It belongs to the engine whose change log it is: both are used only inside the lock of their
/// `EngineHost`.
final class JournalFeed: ChangeLog {
  /// Which effects are held until the changes that they reflect are on the disk.
  enum Holding {
    /// None: they wait only until the changes are written to the file.
    case nothing
    /// Those of steps that change something: their clients are told that it is done.
    case changes
    /// Also those of steps that only read.
    case everything
  }

  var entries = EntryBuffer()
  /// How many steps have changed something.
  private(set) var steps = 0
  var holding: Holding
  /// About how many bytes a base takes.
  private(set) var baseBytes = 0
  /// The revision of the last change that the disk must keep: those to transient records are undone
  /// at the next start.
  private(set) var lastLasting: Revision = 0
  /// Whether the step has changed something.
  private var hasChanged = false
  /// The revision of the step's last change that the disk must keep; 0: there is none.
  private var lasting: Revision = 0

  init(holding: Holding) { self.holding = holding }

  /// The engine has these records, which no change of a step has brought about.
  func begin(with restored: Statistics) {
    baseBytes = restored.recordBytes + restored.records * Record.entryOverhead
  }

  func beginStep() {
    hasChanged = false
    lasting = 0
  }

  /// - Returns: the revision to hold the step's effects for, or 0.
  func endStep(isTransaction: Bool) -> Revision {
    guard hasChanged else { return holding == .everything ? lastLasting : 0 }
    steps += 1
    lastLasting = max(lastLasting, lasting)
    switch holding {
    case .nothing: return 0
    case .changes: return lasting
    // A transaction may read beside its changes.
    case .everything: return lasting == 0 && !isTransaction ? 0 : lastLasting
    }
  }

  func append(_ change: borrowing Change) {
    beginEntry()
    if change.isLasting { lasting = change.revision }
    if change.before != nil { baseBytes -= change.before!.record.entryBytes }
    if change.after != nil {
      baseBytes += change.after!.record.entryBytes
      entries.set(change.after!)
    } else if change.before != nil {
      entries.delete(change.before!.record, at: change.revision)
    }
  }

  func append(counter name: [UInt8], next: Int64) {
    beginEntry()
    entries.counter(name, next: next)
  }

  private func beginEntry() {
    if !hasChanged { entries.begin() }
    hasChanged = true
  }
}

extension Change {
  /// Whether a restart does not undo it.
  fileprivate var isLasting: Bool {
    before.map { $0.owner == nil } ?? false || after.map { $0.owner == nil } ?? false
  }
}

extension Record {
  /// About how many bytes an entry of a base has for it.
  fileprivate var entryBytes: Int { textCount + Self.entryOverhead }

  fileprivate static let entryOverhead = 40
}
