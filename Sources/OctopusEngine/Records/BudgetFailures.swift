import OctopusStore

// The errors of commands that would take more work than a step may do, which would hold up all
// clients. Each says what took the work, and how to go on.

extension Failure {
  init(_ failure: ReadFailure) {
    switch failure {
    case .budgetSpent(examined: 0):
      self.init(
        .limit, "this is more than one step may do: use fewer commands or queries in one step")
    case .budgetSpent(let examined):
      self.init(
        .limit,
        "one step examines no more than \(examined) records for this: ask for pages with CURSOR, or "
          + "by an attribute or a name that fewer have")
    case .tooManyToSort(let matches):
      self.init(
        .limit,
        "\(matches) records match, too many to sort in one step: ask for pages with CURSOR, or for "
          + "fewer records")
    case .needsIndex: self = .needsIndex
    }
  }

  /// The engine then has the request wait until the index is built.
  static let needsIndex = Failure(
    .limit, "an index must be built first, and too many of this session wait for that: try again")

  static let snapshotTooLarge = Failure(
    .limit,
    "this is more than one step reads: NAMES … LIMIT 0 TRIGGER ANY PERSIST, and then pages of FIND … "
      + "CURSOR, watch any number of records; or ask for fewer")

  static let tooManyWrites = Failure(
    .limit, "this changes more records than one step may: split it into several")
}
