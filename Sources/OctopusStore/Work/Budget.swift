/// How much work a step may still do, in units of about a nanosecond; see `Work`.
///
/// The engine renews it for each step: a step that does much delays all other clients.
// A class, so that reading does not change the store; the store never shares it.
package final class Budget {
  /// The work of a whole step.
  package let limit: Int
  /// Below zero when more work was done than allowed.
  package private(set) var left: Int

  package init(_ limit: Int) {
    self.limit = limit
    left = limit
  }

  package var isSpent: Bool { left < 0 }

  /// Allows the work of a step again, or of a part of one.
  package func renew(to work: Int? = nil) { left = work ?? limit }

  /// Counts work that is done, or about to be.
  @inline(__always)
  package func spend(_ work: Int) { left -= work }
}
