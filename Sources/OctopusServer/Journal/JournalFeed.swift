import OctopusEngine
import OctopusJournal
import OctopusRecords

/// The changes of steps that are not written yet. It decides which effects must wait for the disk.
struct JournalFeed: Sendable {
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

  init(holding: Holding, restored: Statistics) {
    self.holding = holding
    baseBytes = restored.recordBytes + restored.records * Record.entryOverhead
  }

  /// Until when to hold the effects of a step that has changed nothing.
  var holdForReads: Revision { holding == .everything ? lastLasting : 0 }

  /// Moves the changes of a step out of its effects.
  ///
  /// - Returns: the revision to hold the other effects for, or 0.
  mutating func take(
    _ effects: inout [Effect], from first: Int, isTransaction: Bool = false
  ) -> Revision {
    var kept = first
    var lasting: Revision = 0
    var hasChanges = false
    for index in first..<effects.count {
      // Moved out: a copy would count every reference in it.
      var effect = Effect.hold(until: 0)
      swap(&effect, &effects[index])
      switch consume effect {
      case .change(let change):
        begin(&hasChanges)
        if change.isLasting { lasting = change.revision }
        add(change)
      case .counter(let name, let next):
        begin(&hasChanges)
        entries.counter(name, next: next)
      case let other:
        effects[kept] = other
        kept += 1
      }
    }
    guard hasChanges else { return holdForReads }
    steps += 1
    effects.removeSubrange(kept...)
    lastLasting = max(lastLasting, lasting)
    switch holding {
    case .nothing: return 0
    case .changes: return lasting
    // A transaction may read beside its changes.
    case .everything: return lasting == 0 && !isTransaction ? 0 : lastLasting
    }
  }

  private mutating func begin(_ hasBegun: inout Bool) {
    if !hasBegun { entries.begin() }
    hasBegun = true
  }

  private mutating func add(_ change: borrowing Change) {
    if let before = change.before { baseBytes -= before.record.entryBytes }
    if let after = change.after {
      baseBytes += after.record.entryBytes
      entries.set(after)
    } else if let before = change.before {
      entries.delete(before.record, at: change.revision)
    }
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
