import OctopusRecords

/// Which of the matching records a read returns.
package struct ReadOptions {
  /// The most records, the first in natural order; nil: all.
  package var limit: Int?
  /// Only names after this plain one.
  package var after: [UInt8]?
  /// Whether the order matters; if not, any `limit` matches will do.
  package var isOrdered: Bool
  /// Whether a read that would take more work than the budget has left ends early, with `next` in
  /// its result, and is not refused.
  package var isPage: Bool
  /// Whether a record of this name is visible to the reader; nil: all are.
  package var isVisible: ((Bytes) -> Bool)?

  package init(
    limit: Int? = nil, after: [UInt8]? = nil, isOrdered: Bool = true,
    isPage: Bool = false, isVisible: ((Bytes) -> Bool)? = nil
  ) {
    self.limit = limit
    self.after = after
    self.isOrdered = isOrdered
    self.isPage = isPage
    self.isVisible = isVisible
  }
}

/// The reason why a read was not carried out.
package enum ReadFailure: Error, Equatable {
  /// It would take more work than the budget has left: it examined this many rows until then.
  case budgetSpent(examined: Int)
  /// There are more matches than can be sorted with the work that is left.
  case tooManyToSort(matches: Int)
  /// The index of an attribute must be built first, which has begun: see `Store.continueIndexes`.
  case needsIndex
}

/// The result of a query, and how it was found.
package struct QueryResult {
  /// Matching rows, in natural order of their names.
  package var rows: [RowID] = []
  /// The index that was used, for EXPLAIN.
  package var index = "none"
  /// How many visible rows were examined.
  package var candidates = 0
  /// For a page: the row after whose name the next page begins; nil if this was the last.
  package var next: RowID?
}
