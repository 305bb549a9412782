/// Takes the changes of steps, in the order in which they take effect: for a journal.
///
/// They are the whole state that survives sessions: see `Engine.restore`.
package protocol ChangeLog: AnyObject {
  /// A record was set, changed or deleted.
  func append(_ change: borrowing Change)

  /// A counter of sequential names has given a number, and gives this one next.
  func append(counter name: [UInt8], next: Int64)
}
