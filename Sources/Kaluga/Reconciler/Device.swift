// A device of this machine, and its records.
import DeviceSchema
import OctopusRecords
import OctopusSystem

/// The identity of a device: its directory in sysfs and the inode of that. Another device at the
/// same path has another inode. The name of its record does not matter.
package struct DeviceID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package var syspath: ByteString
  package var inode: Int64

  package init(syspath: ByteString, inode: Int64) {
    (self.syspath, self.inode) = (syspath, inode)
  }

  /// The device of a record; nil for a record without these attributes.
  package init?(_ record: Record) {
    guard let syspath = record[.syspath]?.text, let inode = record[.devinode]?.integer
    else { return nil }
    self.init(syspath: ByteString(escaped: syspath), inode: inode)
  }

  package static func < (left: DeviceID, right: DeviceID) -> Bool {
    (left.syspath, left.inode) < (right.syspath, right.inode)
  }

  package var description: String { "\(syspath) (\(inode))" }
}

/// Why no driver is started for a device, though there is a record of it.
package struct Absence: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A device that is known: it has a record, or had one a moment ago.
struct Device {
  /// By name. While bus drivers come and go there can be two for a moment.
  var records: [ByteString: Record] = [:]
  /// The record that was set last; nil for a device of an earlier Kaluga that has not been seen
  /// yet.
  var record: Record?
  /// The drivers that match, the best first.
  var candidates: [Driver] = []
  /// Why it is no device of this machine; nil if it is one.
  var absence: Absence?
  /// When an orphaned device is given up; `never` while octopusd is not there.
  var deadline: Int64?

  static let never = Int64.max

  /// The candidates that are to drive it: the best, and those that shadow none.
  var drivers: [Driver] {
    guard absence == nil else { return [] }
    let best = candidates.first { $0.shadows }?.name
    return candidates.filter { !$0.shadows || $0.name == best }
  }

  /// Whether its record has never been seen: only its identity is known.
  var isUnseen: Bool { record == nil }
}
