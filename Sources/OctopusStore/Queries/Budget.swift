/// How many rows the reads of one step may still examine together.
///
/// The engine renews it for each step: many reads in one step delay other clients as much as one
/// read that examines as many rows.
// A class, so that reading does not change the store; the store never shares it.
package final class Budget {
  let limit: Int
  private(set) var left: Int

  init(_ limit: Int) {
    self.limit = limit
    left = limit
  }

  package func renew() { left = limit }

  /// Subtracts n rows, or as many as are left.
  func spend(_ rows: Int) { left = max(0, left - rows) }

  /// Whether an index of n rows may be sorted: the first of a step always, others if n are left.
  func allowsIndex(of rows: Int) -> Bool { left == limit || rows <= left }

  /// Subtracts n rows, or half of the rest, so that the read can use its new index.
  func spendOnIndex(of rows: Int) { spend(min(rows, left / 2)) }
}
