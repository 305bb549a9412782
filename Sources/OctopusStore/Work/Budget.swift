/// How much work a step may still do, in units of about a nanosecond; see `Work`.
///
/// The engine renews it for each step: a step that does much delays all other clients.
// A class, so that reading does not change the store; the store never shares it. Public, so that
// other modules inline its methods, which every step calls.
public final class Budget {
  /// The work of a whole step.
  @usableFromInline let limit: Int
  /// The work that the last renewal allowed, and the rest of it.
  @usableFromInline var allowed: Int
  @usableFromInline var rest: Int

  package init(_ limit: Int) {
    self.limit = limit
    (allowed, rest) = (limit, limit)
  }

  /// Below zero when more work was done than allowed.
  @inlinable public var left: Int { rest }

  @inlinable public var isSpent: Bool { rest < 0 }

  /// The work since the last renewal.
  package var spent: Int { allowed - rest }

  /// Allows the work of a step again.
  @inlinable public func renew() { renew(to: limit) }

  /// Allows the work of a part of a step.
  @inlinable public func renew(to work: Int) { (allowed, rest) = (work, work) }

  /// Withholds all but the work of a part of a step, until `giveBack`. Returns how much.
  @inlinable public func withhold(allBut work: Int) -> Int {
    let held = max(0, rest - work)
    rest -= held
    return held
  }

  @inlinable public func giveBack(_ held: Int) { rest += held }

  /// Counts work that is done, or about to be.
  @inlinable public func spend(_ work: Int) { rest -= work }
}
