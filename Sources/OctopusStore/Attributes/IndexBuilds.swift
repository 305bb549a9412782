/// The indexes of attributes that are being built in parts, because to build one at once would hold
/// up all clients.
///
/// Meanwhile changes are made to the part that is done, and queries that need the index wait.
// A class, so that reading does not change the store; the store never shares it.
final class IndexBuilds {
  private(set) var indexes: [AttributeIndex] = []

  /// Begins to build an index, unless that has begun.
  func begin(_ index: AttributeIndex) {
    guard !index.isBuilding else { return }
    index.beginBuilding()
    indexes.append(index)
  }

  /// Builds until the budget is spent or nothing is left.
  func carryOn(_ rows: Rows, _ budget: Budget) {
    while let first = indexes.first, first.continueBuilding(rows, budget) { indexes.removeFirst() }
  }
}
