// A device with its attributes, and the record that is made of it.
import DeviceSchema
import OctopusRecords
import OctopusSystem

/// A device as it was seen.
package struct Device: Hashable, Sendable {
  /// Its directory in sysfs.
  package var syspath: ByteString
  /// The directory's inode; nil if the device went before it could be looked at. Together with
  /// `syspath` it identifies the device, also among those that come to the same path later.
  package var inode: UInt64?
  package var kind: DeviceKind
  package var attributes: [String: Value]

  package init(
    syspath: ByteString, inode: UInt64?, kind: DeviceKind, attributes: [String: Value] = [:]
  ) {
    self.syspath = syspath
    self.inode = inode
    self.kind = kind
    self.attributes = attributes
  }

  /// The device's record. `parent` is the name of the nearest record above it.
  package func record(named name: String, parent: String?) throws(SyntaxError) -> Record {
    var all = attributes
    func set(_ attribute: DeviceAttribute, _ value: Value?) { all[attribute.rawValue] = value }
    set(.syspath, .string(syspath.escaped))
    set(.devinode, inode.map { .integer(Int64(bitPattern: $0)) })
    set(.parent, parent.map { .string($0) })
    return try Record(name: name, pairs: all.map { ($0.key, $0.value) })
  }
}
