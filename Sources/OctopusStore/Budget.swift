/// How many rows reads may still examine, all together.
///
/// Whoever owns the store renews it for each step: many reads in one step hold up everybody as long
/// as one that looks at as much.
// A class, so that reading does not change the store; the store never shares it.
package final class Budget {
  let limit: Int
  private(set) var left: Int

  init(_ limit: Int) {
    self.limit = limit
    left = limit
  }

  package func renew() { left = limit }

  /// Takes so many off, or as many as there are.
  func spend(_ rows: Int) { left = max(0, left - rows) }

  /// Whether an index of so many rows may be made: one always, further ones as far as it goes.
  func allowsIndex(of rows: Int) -> Bool { left == limit || rows <= left }

  /// Leaves at least half, so that who had an index made can use it.
  func spendOnIndex(of rows: Int) { spend(min(rows, left / 2)) }
}
