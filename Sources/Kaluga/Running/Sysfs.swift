// Checks that the device of a record is a device of this machine.
import Glibc
import OctopusSystem

/// The file system in which the kernel shows its devices as directories.
struct Sysfs: Sendable {
  /// Where it is mounted, without symbolic links in it.
  let root: ByteString

  init(_ root: String) { self.root = ByteString(root) }

  /// Why a device is not there; nil if it is.
  ///
  /// The path must be the kernel's own for the device: below the root, without symbolic links, and
  /// of the same file system, in which only the kernel makes directories. (Below `/sys` other file
  /// systems are mounted, and in some, such as cgroups, users make directories.) The inode must be
  /// the device's, which no other device gets.
  func absence(of id: DeviceID) -> Absence? {
    guard !id.syspath.hasNUL, id.syspath.bytes.starts(with: root.bytes + "/".utf8) else {
      return Absence("'\(shown(id))' is no place under \(root)")
    }
    var status = stat()
    var rootStatus = stat()
    guard isReal(id.syspath), id.syspath.withCString({ stat($0, &status) }) == 0,
      root.withCString({ stat($0, &rootStatus) }) == 0, status.st_dev == rootStatus.st_dev,
      status.st_mode & S_IFMT == S_IFDIR
    else { return Absence("there is no device at '\(shown(id))'") }
    guard Int64(bitPattern: UInt64(status.st_ino)) == id.inode else {
      return Absence("the device at '\(shown(id))' is another: its inode is \(status.st_ino)")
    }
    return nil
  }

  private func shown(_ id: DeviceID) -> Substring { id.syspath.escaped.prefix(utf8: 4_096) }

  private func isReal(_ path: ByteString) -> Bool {
    guard let real = path.withCString({ realpath($0, nil) }) else { return false }
    defer { free(real) }
    return ByteString(cString: real) == path
  }
}
