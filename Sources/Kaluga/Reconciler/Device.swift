import OctopusRecords
// A device, as the records of it tell.
import OctopusSystem

/// What a device is: its place in sysfs and the inode of that. Another one in the same place has
/// another inode; the same one under another record is the same.
package struct DeviceID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package var syspath: ByteString
  package var inode: Int64

  package init(syspath: ByteString, inode: Int64) {
    (self.syspath, self.inode) = (syspath, inode)
  }

  /// Nil for a record that is not a device's.
  package init?(_ record: Record) {
    guard let syspath = record["syspath"]?.text, let inode = record["devinode"]?.integer
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

struct Device {
  /// By name: while bus drivers come and go there can be two for a moment.
  var records: [ByteString: Record] = [:]
  /// The last one that was set; nil for one that is only remembered.
  var record: Record?
  /// The drivers that match, the best first.
  var candidates: [Driver] = []
  /// Why it is no device of this machine; nil if it is one.
  var absence: Absence?
  /// When it is given up, if no record of it comes until then; `never` while octopusd is away.
  var deadline: Int64?

  static let never = Int64.max

  /// Those of the candidates that are to drive it: the best, and beside it those that shadow none.
  var drivers: [Driver] {
    guard absence == nil else { return [] }
    let best = candidates.first { $0.shadows }?.name
    return candidates.filter { !$0.shadows || $0.name == best }
  }

  /// Whether it is not known by now what it is.
  var isRemembered: Bool { record == nil }
}
