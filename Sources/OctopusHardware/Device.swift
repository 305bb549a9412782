import OctopusRecords
// What is told of a device: what is the same on all buses, and the attributes as they are gathered.
import OctopusSystem

/// A device as it was seen.
package struct Device: Hashable, Sendable {
  /// Its directory in sysfs. Together with `inode` it tells it from all other devices, also from one
  /// that comes later to the same place.
  package var syspath: ByteString
  /// The directory's inode; nil if the device went before it could be looked at.
  package var inode: UInt64?
  /// Its record's name but for the number: `hw.usb.device.`
  package var family: String
  package var attributes: [String: Value]

  package init(
    syspath: ByteString, inode: UInt64?, family: String, attributes: [String: Value] = [:]
  ) {
    self.syspath = syspath
    self.inode = inode
    self.family = family
    self.attributes = attributes
  }

  /// It as a record. `parent` is the name of the nearest record above it.
  package func record(named name: String, parent: String?) throws(SyntaxError) -> Record {
    var all = attributes
    all["syspath"] = .string(syspath.escaped)
    all["devinode"] = inode.map { .integer(Int64(bitPattern: $0)) }
    all["parent"] = parent.map { .string($0) }
    return try Record(name: name, pairs: all.map { ($0.key, $0.value) })
  }
}
