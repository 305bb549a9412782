// Small files, read and written whole.
import Glibc

/// What the system says to an attempt on a file.
package struct FileFailure: Error, CustomStringConvertible {
  package let path: String
  package let number: CInt

  package var description: String { "\(path): \(String(cString: strerror(number)))" }
}

/// A file's text, up to a limit; what is not UTF-8 is replaced.
package func readText(_ path: String, limit: Int = 64 << 20) throws(FileFailure) -> String {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw FileFailure(path: path, number: errno) }
  defer { close(file) }
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  while content.count < limit {
    let count = read(file, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw FileFailure(path: path, number: errno) }
    if count == 0 { break }
    content += chunk[..<count]
  }
  return String(decoding: content, as: UTF8.self)
}

/// Writes a file so that it is there at once with all it says.
func writeText(_ text: String, to path: String) throws(FileFailure) {
  let temporary = path + ".new"
  let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
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
func names(in path: String) throws(FileFailure) -> [String] {
  guard let directory = opendir(path) else { throw FileFailure(path: path, number: errno) }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

/// Whether a program of this name can be run: a path, or one that PATH leads to.
package func isProgram(_ name: String) -> Bool {
  if name.contains("/") { return isExecutable(name) }
  let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
  return path.split(separator: ":").contains { isExecutable("\($0)/\(name)") }
}

private func isExecutable(_ path: String) -> Bool {
  var status = stat()
  return access(path, X_OK) == 0 && stat(path, &status) == 0
    && status.st_mode & S_IFMT == S_IFREG
}
