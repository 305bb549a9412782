import OctopusEngine

import struct Synchronization.Atomic

/// How far the journal is behind the engine. Every loop looks here before it sends something.
final class JournalProgress: Sendable {
  /// How many steps have changed something.
  let queued = Atomic<Int>(0)
  /// The changes of how many steps were written.
  let written = Atomic<Int>(0)
  /// The revision of the last change that is on the disk.
  let durable = Atomic<Revision>(0)
  /// How often writing has failed.
  let failures = Atomic<Int>(0)
  /// Whether a loop holds output back.
  let holdsOutput = Atomic<Bool>(false)

  /// Whether there are changes to be written.
  var mustWrite: Bool {
    queued.load(ordering: .relaxed) > written.load(ordering: .acquiring)
  }
}

/// When changes are synced to the disk.
package enum SyncPolicy: String, Sendable, CaseIterable {
  /// At once: replies and events wait for it.
  case always
  /// Once a second.
  case second
  /// When the kernel decides, or much is not on the disk.
  case never
}
