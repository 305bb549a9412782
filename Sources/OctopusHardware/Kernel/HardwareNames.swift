// The hardware database: names for numbers of makers and devices.
import CUdev
import OctopusSystem

/// Names for people, from udev's hardware database; none where that is not installed.
final class HardwareNames {
  private let handle: OpaquePointer?

  init(_ udev: Udev) { handle = udev_hwdb_new(udev.handle) }

  deinit { if let handle { udev_hwdb_unref(handle) } }

  /// The properties of a key: a modalias, or another kind of key that the database has.
  func names(for key: ByteString) -> [ByteString: ByteString] {
    guard let handle else { return [:] }
    var names: [ByteString: ByteString] = [:]
    let found = key.withCString { entries(udev_hwdb_get_properties_list_entry(handle, $0, 0)) }
    for (name, value) in found {
      if let name { names[name] = value }
    }
    return names
  }
}
