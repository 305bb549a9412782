import OctopusCollections
import OctopusRecords

/// The number of a row while it is in use; numbers of deleted rows are reused.
package typealias RowID = UInt32

/// A record as it is stored.
package struct Row {
  package var record: Record
  /// The revision of its last change.
  package var revision: Int64
  /// The revision at which the record was created.
  package var created: Int64
  /// The session whose end deletes it; 0: none.
  package var owner: Int64

  package init(record: Record, revision: Int64, created: Int64, owner: Int64) {
    self.record = record
    self.revision = revision
    self.created = created
    self.owner = owner
  }
}

/// The rows, by number.
// A class, so that a search for values can refer to it; the store never shares it.
final class Rows {
  private var rows = Slab<Row>()

  subscript(row: RowID) -> Row {
    get { rows[Int(row)] }
    set { rows[Int(row)] = newValue }
  }

  /// The numbers of all rows, free ones among them, which have no attributes.
  var numbers: Range<RowID> { 0..<RowID(rows.indices.count) }

  /// Lends the parts of a row's record. `body` must not change the row, which keeps them alive.
  @inline(__always)
  func withContents<Result>(_ row: RowID, _ body: (RecordContents) -> Result) -> Result {
    body(rows[Int(row)].record.unretainedContents)
  }

  /// Lends the address of a row.
  @inline(__always)
  func withMemory(_ row: RowID, _ body: (UnsafeRawPointer) -> Void) {
    rows.withAddress(Int(row), body)
  }

  func renumber(_ row: RowID, revision: Int64, created: Int64) {
    rows[Int(row)].revision = revision
    rows[Int(row)].created = created
  }

  func add(_ row: Row) -> RowID { RowID(rows.insert(row)) }

  /// Frees a row's number, and its record's memory at once.
  func remove(_ row: RowID) {
    rows[Int(row)].record = Rows.none
    rows[Int(row)].revision = 0
    rows.remove(Int(row))
  }

  private static let none: Record = "none"
}
