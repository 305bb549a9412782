import OctopusRecords
import OctopusStore

// The limits of size: the disk, and the memory.
//
// The memory limit: commands that would hold more than it are refused, all others go on.
//
// It is compared with an estimate that the engine keeps of everything that clients have stored and
// asked for, so that the same inputs are refused on every machine.

extension Footprint {
  /// A watcher, a wait or a subscription, beside its query.
  package static let watch = 500
  /// A holder or waiter of a lock, a semaphore or a barrier, beside its record and its wait.
  package static let member = 400
}

extension Engine {
  /// About how many bytes records, counters, triggers, subscriptions, waits, queues and requests
  /// that wait for an index occupy.
  package var footprint: Int {
    records.footprint + watches.footprint + waits.footprint + subscriptions.footprint
      + queues.footprint + background.footprint
  }

  /// The footprint, for a host.
  // Mutating only in name: an engine that is lent to be read is copied to the stack, byte by byte.
  package mutating func currentFootprint() -> Int { footprint }

  /// The size before a command, where something limits it.
  var limitedSize: (footprint: Int, textBytes: Int)? {
    guard bounds.memory < .max || readOnly == .diskFull else { return nil }
    return (footprint, records.textBytes)
  }

  /// Refuses a transaction, before its commit, that makes the engine grow where it may not.
  func checkGrowth(
    _ transaction: Transaction, from before: (footprint: Int, textBytes: Int)
  ) throws(Failure) {
    if readOnly == .diskFull, records.textBytes > before.textBytes {
      throw Failure(
        .readOnly, "the disk of the state directory is full: records may not grow until it is not")
    }
    if bounds.memory < .max { try checkMemory(transaction, before: before.footprint) }
  }

  /// Refuses a transaction, before its commit, that makes the engine hold more than before and more
  /// than the limit.
  private func checkMemory(_ transaction: Transaction, before: Int) throws(Failure) {
    var more = 0
    for watcher in transaction.installed.values { more += watcher.footprint }
    if let wait = transaction.wait { more += wait.footprint }
    for change in transaction.queueChanges {
      more += change.memberCountChange * Footprint.member
    }
    for id in transaction.removed {
      more -= (transaction.installed[id] ?? watches[id])?.footprint ?? 0
    }
    guard footprint + more > before else { return }
    try checkMemory(for: more)
  }

  /// Whether commands that would change something are refused.
  var refusesChanges: Bool { records.revision >= revisionLimit || readOnly == .journal }

  /// Refuses a command that would make the engine hold this many bytes more, if that is above the
  /// limit.
  func checkMemory(for more: Int) throws(Failure) {
    guard footprint + more > bounds.memory else { return }
    throw Failure(
      .outOfMemory, "this would take more than the memory limit of \(bounds.memory) bytes")
  }
}
