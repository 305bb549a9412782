import OctopusRecords

/// What the parts of a step cost, in units of about a nanosecond.
///
/// These are estimates, and counts of what is done: no clock is read, so the same inputs always
/// cost the same. On a slower machine a unit takes longer.
package enum Work {
  /// To find a record through an index or by its name's order, and look at it.
  package static let record = 90
  /// To look for an attribute of one of many records.
  static let lookup = 40
  /// To add a record to a result.
  package static let match = 30
  /// To compare two records' names, when a result is sorted.
  package static let comparison = 80
  /// To insert a value into an index that is being built.
  static let insertedValue = 900
  /// To sort one of many values.
  static let sortedValue = 700

  /// To try a query with a record, and to deliver an event.
  package static let delivery = 300
  /// To remove a trigger, a subscription or a wait, or to answer a wait.
  package static let watch = 1_000

  /// What one step may do, unless `--step-budget` says otherwise: about 20 milliseconds.
  package static let stepBudget = 20_000_000

  /// To write a record with its entries in the indexes, and to undo that.
  @inline(__always)
  package static func write(_ record: Record) -> Int {
    1_200 + 4 * record.textCount + record.attributeCount * 600
  }

  /// To delete a record with its entries in the indexes, and to undo that.
  @inline(__always)
  package static func erase(_ record: Record) -> Int {
    2_000 + record.textCount / 8 + record.attributeCount * 1_500
  }

  /// To sort the names of n records.
  static func sort(_ count: Int) -> Int {
    count * (Int.bitWidth - count.leadingZeroBitCount) * comparison
  }
}

extension Query {
  /// About what it takes to see whether an ordinary record matches: every constraint holds, and
  /// each text has 30 bytes.
  var expectedWork: Int {
    Work.record + (clause.terms.count + 1) * MatchCost.constraint
      + clause.patterns.count * MatchCost.search(30)
  }
}
