// The environment, and files, as the system has them.

import Glibc

func environment(_ name: String) -> String? {
  guard let value = getenv(name), value.pointee != 0 else { return nil }
  return String(cString: value)
}

struct FileError: Error {
  let path: String
  let number: CInt
  var message: String { "\(path): \(String(cString: strerror(number)))" }
}

/// A whole file, or its first `limit` bytes.
func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw FileError(path: path, number: errno) }
  defer { close(file) }
  return try readAll(file, path, limit: limit)
}

func readStandardInput() throws(FileError) -> [UInt8] {
  try readAll(STDIN_FILENO, "standard input", limit: .max)
}

private func readAll(_ file: CInt, _ path: String, limit: Int) throws(FileError) -> [UInt8] {
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  while content.count < limit {
    let count = read(file, &chunk, min(chunk.count, limit - content.count))
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw FileError(path: path, number: errno) }
    if count == 0 { break }
    content += chunk[..<count]
  }
  return content
}
