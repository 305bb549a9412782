/// What the parts of a store occupy, in bytes, beside the text of records: measured, with the slack
/// of the tables that they stand in.
///
/// A footprint is an estimate that depends on nothing but what is stored: the same records have the
/// same, on every machine, however they came to be and whatever has been asked of them. With every
/// attribute indexed the process grows by 0.7 to 1.5 times as much: least where many records share
/// each value, most where two do. What no query needs is not indexed, and takes less.
package enum Footprint {
  /// A record: its allocation, its row, its places by name and in order.
  package static let record = 120
  /// An attribute of one record: its places in the record and, as if no other record had its value,
  /// in the index.
  package static let entry = 32
  /// The index of one attribute name.
  package static let attribute = 320
  /// A counter for sequential names, without its name.
  package static let counter = 80
}
