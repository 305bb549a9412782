import Glibc
// Small files, read and written whole.
import OctopusSystem

/// What the system says to an attempt on a file.
package struct FileFailure: Error, CustomStringConvertible {
  package let path: String
  package let number: CInt

  package var description: String { "\(path): \(String(cString: strerror(number)))" }
}

/// A file's bytes.
///
/// - Parameter isRegular: whether anything but a regular file is refused (`EINVAL`), so that no pipe
///   in its place is waited for.
/// - Throws: also `EFBIG` for a file longer than the limit.
package func readFile(
  _ path: ByteString, limit: Int = 64 << 20, isRegular: Bool = true
) throws(FileFailure) -> ByteString {
  func failure(_ number: CInt) -> FileFailure { FileFailure(path: path.escaped, number: number) }
  let flags = O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0)
  let file = path.withCString { open($0, flags) }
  guard file >= 0 else { throw failure(errno) }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw failure(errno) }
  if isRegular, status.st_mode & S_IFMT != S_IFREG { throw failure(EINVAL) }
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = read(file, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw failure(errno) }
    if count == 0 { return ByteString(content) }
    content += chunk[..<count]
    if content.count > limit { throw failure(EFBIG) }
  }
}

/// Writes a file so that it is there at once with all it says.
func writeText(_ text: String, to path: String) throws(FileFailure) {
  let temporary = path + ".new"
  let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
  guard file >= 0 else { throw FileFailure(path: path, number: errno) }
  let bytes = Array(text.utf8)
  let count = write(file, bytes, bytes.count)
  let number = errno
  close(file)
  guard count == bytes.count else {
    throw FileFailure(path: path, number: count < 0 ? number : ENOSPC)
  }
  guard rename(temporary, path) == 0 else { throw FileFailure(path: path, number: errno) }
}

/// The names in a directory, but for `.` and `..`.
func names(in path: String) throws(FileFailure) -> [ByteString] {
  guard let directory = opendir(path) else { throw FileFailure(path: path, number: errno) }
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

/// Whether a program of this name can be run: a path, or one that PATH leads to.
package func isProgram(_ name: String) -> Bool {
  if name.utf8.contains(UInt8(ascii: "/")) { return isExecutable(ByteString(name)) }
  let path = getenv("PATH").map { ByteString(cString: $0) } ?? "/usr/bin:/bin"
  return path.bytes.split(separator: UInt8(ascii: ":")).contains {
    isExecutable(ByteString($0 + "/\(name)".utf8))
  }
}

private func isExecutable(_ path: ByteString) -> Bool {
  var status = stat()
  return path.withCString { access($0, X_OK) == 0 && stat($0, &status) == 0 }
    && status.st_mode & S_IFMT == S_IFREG
}
