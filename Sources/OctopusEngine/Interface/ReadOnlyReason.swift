/// Why the host has the engine refuse changes.
package enum ReadOnlyReason: Sendable {
  /// The journal could not be written. Nothing may change that it does not have.
  case journal
  /// The disk of the journal is full: records may not grow.
  case diskFull
}
