import OctopusRecords
import OctopusStore

/// Who hears and who waits: sessions, triggers, subscriptions, waits, over the store.
///
/// One function: inputs and the time in, effects out. No I/O, no clock, no threads, no dependence on
/// hash order: the same inputs give the same effects, which a recorded list of inputs replays.
package struct Engine: ~Copyable {
  /// Whether a session may see a record of this name. Every record that is shown passes it.
  package typealias Visibility = @Sendable (Principal, Bytes) -> Bool

  /// - Parameter firstRevision: every change gets a revision above it.
  package init(after firstRevision: Revision = 0, visible: Visibility? = nil) {}

  /// Takes one input, appending what follows from it to `effects`, in order.
  ///
  /// Within one step: events and messages first, then the reply.
  package mutating func step(_ input: Input, now: Instant, into effects: inout [Effect]) {}

  /// When the host must call with `.tick` at the latest; nil if nobody waits with a limit.
  package var nextDeadline: Instant? { nil }

  /// The revision of the last change.
  package var revision: Revision { 0 }

  /// Figures for INFO.
  package var statistics: Statistics { Statistics() }
}

/// What the engine holds, counted.
package struct Statistics: Sendable, Hashable {
  package var records = 0
  package var transientRecords = 0
  package var recordBytes = 0
  package var attributes = 0
  package var sessions = 0
  package var triggers = 0
  package var subscriptions = 0
  package var waits = 0
  package var counters = 0
  package var revision: Revision = 0
}
