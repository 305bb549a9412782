import OctopusRecords

/// Which of the matching records a read returns.
package struct ReadOptions {
  /// The most records, the first in natural order; nil: all.
  package var limit: Int?
  /// Only names after this plain one.
  package var after: [UInt8]?
  /// Whether the order matters; if not, any `limit` matches will do.
  package var isOrdered: Bool
  /// Whether a record of this name is visible to the reader; nil: all are.
  package var isVisible: ((Bytes) -> Bool)?

  package init(
    limit: Int? = nil, after: [UInt8]? = nil, isOrdered: Bool = true,
    isVisible: ((Bytes) -> Bool)? = nil
  ) {
    self.limit = limit
    self.after = after
    self.isOrdered = isOrdered
    self.isVisible = isVisible
  }
}

/// A read would examine more rows than the budget has left.
package struct TooManyCandidates: Error {}

/// The result of a query, and how it was found.
package struct QueryResult {
  /// Matching rows, in natural order of their names.
  package var rows: [RowID] = []
  /// The index that was used, for EXPLAIN.
  package var index = "none"
  /// How many visible rows were examined.
  package var candidates = 0
}
