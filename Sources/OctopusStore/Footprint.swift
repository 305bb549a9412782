/// What the parts of a store occupy, in bytes, beside the text of records: measured, with the slack
/// of the tables that they stand in.
///
/// A footprint is an estimate that depends on nothing but what is stored: the same records have the
/// same, on every machine and however they came to be. For records of usual shapes it is within a
/// fifth of what the process grows by.
package enum Footprint {
  /// A record: its allocation, its row, its places by name and in order.
  package static let record = 120
  /// An attribute of one record: its places in the record and in the index.
  package static let entry = 10
  /// A distinct value of one attribute.
  package static let value = 22
  /// A value that several records share: the set of them.
  package static let sharedValue = 160
  /// The index of one attribute name.
  package static let attribute = 320
  /// A counter for sequential names, without its name.
  package static let counter = 80
}
