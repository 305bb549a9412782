// Directories: their entries, and making them.
import Glibc

/// The names in a directory, without `.` and `..`, in no order.
package func directoryEntries(_ path: String) throws(SystemError) -> [ByteString] {
  guard let directory = opendir(path) else { throw SystemError(subject: path) }
  defer { closedir(directory) }
  var names: [ByteString] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      ByteString(bytes.prefix { $0 != 0 })
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

/// Makes a directory and those above it, unless they exist.
///
/// - Parameter mode: of the directory. Those above it have the same, except that those that root
///   makes can be passed through by everybody, as in /var/lib.
package func makeDirectory(_ path: String, mode: mode_t) throws(SystemError) {
  if mkdir(path, mode) == 0 || errno == EEXIST { return }
  let error = SystemError("make \(path)")
  // A path that ends with a slash names the same directory without it.
  let end = path.lastIndex { $0 != "/" } ?? path.startIndex
  guard error.code == ENOENT, let slash = path[..<end].lastIndex(of: "/"),
    slash != path.startIndex
  else { throw error }
  try makeDirectory(String(path[..<slash]), mode: geteuid() == 0 ? 0o755 : mode)
  guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemError("make \(path)") }
}
