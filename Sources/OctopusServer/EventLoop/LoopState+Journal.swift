import OctopusEngine
import OctopusSession

// Nothing leaves the process before the journal has the changes that it reflects.
extension LoopState {
  /// Whether a connection's output may be sent now. Otherwise it is sent when the disk has what it
  /// reflects.
  @inline(__always)
  func maySend(_ connection: SocketConnection) -> Bool {
    guard let journal else { return true }
    return maySend(connection, journal)
  }

  private func maySend(_ connection: SocketConnection, _ journal: Journal) -> Bool {
    let progress = journal.progress
    if progress.mustWrite { journal.write() }
    let failures = progress.failures.load(ordering: .acquiring)
    if failures != seenFailures { holdAllOutput(failures) }
    guard connection.heldUntil > progress.durable.load(ordering: .relaxed) else {
      connection.isHeld = false
      return true
    }
    guard !connection.isHeld else { return false }
    // The thread looks at this after it has synced: either it sees this, or this sees its sync.
    progress.holdsOutput.store(true, ordering: .sequentiallyConsistent)
    if connection.heldUntil <= progress.durable.load(ordering: .sequentiallyConsistent) {
      return true
    }
    connection.isHeld = true
    held.append(connection.id)
    journal.requestSync()
    return false
  }

  /// The journal has failed: output that may reflect changes that it does not have waits.
  private func holdAllOutput(_ failures: Int) {
    seenFailures = failures
    let revision = engine.latestRevision
    for connection in connections.values where connection.hasOutput || !connection.unsent.isEmpty {
      connection.hold(until: revision)
    }
    dispatcher.holdDelivery(until: revision)
  }

  /// The disk has more than before: output that waited is sent, if that was it.
  func sendHeld() {
    let waiting = held
    held = []
    for id in waiting {
      guard let connection = connections[id] else { continue }
      connection.isHeld = false
      dispatcher.enqueueToWrite(connection)
    }
  }
}
