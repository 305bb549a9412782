// Small files, read whole and replaced whole.
import Glibc

/// Reads a file to its end.
///
/// - Parameters:
///   - limit: the size in bytes above which the file is refused with `EFBIG`.
///   - isRegular: whether anything but a regular file is refused with `EINVAL`. A FIFO would keep
///     the caller until somebody writes.
package func readFile(
  _ path: ByteString, limit: Int = 64 << 20, isRegular: Bool = true
) throws(SystemError) -> ByteString {
  let number = path.withCString { open($0, O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0)) }
  guard number >= 0 else { throw SystemError(subject: path.escaped) }
  let file = Descriptor(owning: number)
  if isRegular, !file.isRegularFile { throw SystemError(subject: path.escaped, code: EINVAL) }
  let content = try file.readToEnd(limit: limit, subject: path.escaped)
  return ByteString(content)
}

/// Reads standard input to its end.
package func readStandardInput() throws(SystemError) -> [UInt8] {
  try readToEnd(of: STDIN_FILENO, limit: .max, subject: "standard input")
}

private func readToEnd(
  of descriptor: CInt, limit: Int, subject: String
) throws(SystemError) -> [UInt8] {
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: min(limit, 64 << 10) + 1)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw SystemError(subject: subject) }
    if count == 0 { return content }
    content += chunk[..<count]
    if content.count > limit { throw SystemError(subject: subject, code: EFBIG) }
  }
}

extension Descriptor {
  /// Reads what is left.
  ///
  /// - Parameters:
  ///   - limit: the size in bytes above which the content is refused with `EFBIG`.
  ///   - subject: what an error says.
  package func readToEnd(limit: Int, subject: String) throws(SystemError) -> [UInt8] {
    try OctopusSystem.readToEnd(of: number, limit: limit, subject: subject)
  }

  /// Writes all bytes.
  ///
  /// - Parameter path: what an error says.
  package func write(_ bytes: [UInt8], path: String) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(number, $0.baseAddress, $0.count)
      }
      guard count > 0 || count < 0 && errno == EINTR else { throw SystemError("write \(path)") }
      written += max(0, count)
    }
  }

  /// Replaces a file of this directory durably: after a power cut it holds either its old content
  /// or all of the new one.
  ///
  /// - Parameter path: the directory's path, for errors.
  package func replaceFile(
    _ name: String, with content: [UInt8], mode: mode_t = 0o600, path: String
  ) throws(SystemError) {
    try replace(name, with: content, mode, in: number, "\(path)/\(name)", isDurable: true)
    guard fsync(number) == 0 else { throw SystemError("sync \(path)") }
  }
}

/// Replaces a file: a reader sees either its old content or all of the new one. A power cut may
/// lose both.
package func replaceFile(
  _ path: String, with content: [UInt8], mode: mode_t = 0o644
) throws(SystemError) {
  try replace(path, with: content, mode, in: AT_FDCWD, path, isDurable: false)
}

private func replace(
  _ name: String, with content: [UInt8], _ mode: mode_t, in directory: CInt, _ path: String,
  isDurable: Bool
) throws(SystemError) {
  let file = try NewFile(replacing: name, in: directory, mode: mode, path: path)
  try file.write(content)
  try file.place(isDurable: isDurable)
}
