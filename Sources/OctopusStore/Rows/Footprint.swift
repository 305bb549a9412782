/// How many bytes the parts of a store occupy beside the text of records, as measured, with the
/// free space of their tables.
///
/// A footprint is an estimate that depends only on what is stored: the same records have the same
/// footprint on every machine, in whatever order they were written and whatever was queried. With
/// every attribute indexed, the process grows by 0.7 to 1.5 times the footprint: least if many
/// records share each value, most if two do. Attributes that no query needs are not indexed, and
/// take less.
package enum Footprint {
  /// A record: its allocation, its row, and its entries by name and in order.
  package static let record = 120
  /// A record that is in no store: its allocation.
  package static let detachedRecord = 64
  /// An attribute of one record: its entries in the record and, as if no other record had its
  /// value, in the index.
  package static let entry = 32
  /// The index of one attribute name.
  package static let attribute = 320
  /// A counter for sequential names, without its name.
  package static let counter = 80
}
