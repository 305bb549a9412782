import OctopusRecords

/// What the parts of a step cost, in units of about a nanosecond.
///
/// These are estimates, and counts of what is done: no clock is read, so the same inputs always
/// cost the same. On a slower machine a unit takes longer.
// Public, so that other modules inline it.
public enum Work {
  /// To find a record through an index or by its name's order, and look at it.
  @inlinable public static var record: Int { 90 }
  /// To look for an attribute of one of many records.
  static var lookup: Int { 40 }
  /// To put a record into a priority queue of many.
  @inlinable public static var queued: Int { 300 }
  /// To add a record to a result.
  @inlinable public static var match: Int { 30 }
  /// To compare two records' names, when a result is sorted.
  @inlinable public static var comparison: Int { 80 }
  /// To insert a value into an index that is being built.
  static var insertedValue: Int { 900 }
  /// To sort one of many values.
  static var sortedValue: Int { 700 }
  /// To compare a byte of a text that is sorted or inserted with those of others.
  static var sortedByte: Int { 3 }

  /// To try a query with a record, and to note an event for its session.
  @inlinable public static var delivery: Int { 300 }
  /// The same, and to send the event.
  @inlinable public static var event: Int { 1_000 }
  /// To search a short text with one of many regular expressions.
  @inlinable public static var patternInSet: Int { 20 }

  /// To search a long text with many regular expressions.
  public static func search(textBytes: Int, patterns: Int) -> Int {
    patterns * MatchCost.search(min(textBytes, Limits.patternTextBytes))
  }

  /// To remove a trigger, a subscription or a wait, or to answer a wait.
  @inlinable public static var watch: Int { 1_500 }

  /// What one step may do, unless `--step-budget` says otherwise: about 20 milliseconds.
  @inlinable public static var stepBudget: Int { 20_000_000 }

  /// To write a record with its entries in the indexes, and to undo that.
  @inlinable public static func write(textBytes: Int, attributes: Int) -> Int {
    1_200 + 4 * textBytes + attributes * 600
  }

  /// To delete a record with its entries in the indexes, and to undo that.
  @inlinable public static func erase(textBytes: Int, attributes: Int) -> Int {
    2_000 + textBytes / 8 + attributes * 1_500
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
