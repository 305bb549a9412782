import Glibc

/// A password in a file: its first line. The daemon and the shell read it by the same rules.
package enum PasswordFile {
  /// In bytes: more than anybody remembers or a generator makes, and less than AUTH takes.
  package static let limit = 1_024

  package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
  }

  /// Reads the password. Only the file's owner may read or write the file, and the owner is root or
  /// the user of this process. Root's group may read a file of root's: systemd's credentials are
  /// so.
  package static func read(_ path: String) throws(Failure) -> [UInt8] {
    // Nonblocking: opening a FIFO would wait for a writer.
    let file: Descriptor
    do throws(SystemError) {
      file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    } catch {
      throw Failure("\(error)")
    }
    var status = stat()
    guard fstat(file.number, &status) == 0 else {
      throw Failure("\(SystemError("look at \(path)"))")
    }
    try check(status, path)
    // One byte more than a password and its line's end have.
    var content = [UInt8](repeating: 0, count: limit + 2)
    let count = Glibc.read(file.number, &content, content.count)
    guard count >= 0 else { throw Failure("\(SystemError("read \(path)"))") }
    let line = Array(content.prefix(count).prefix { $0 != UInt8(ascii: "\n") })
    try check(line, in: path)
    return line
  }

  /// Throws if these bytes cannot be a password.
  ///
  /// - Parameter source: the file or the variable that holds it, for the error's text.
  package static func check(_ password: [UInt8], in source: String) throws(Failure) {
    if password.isEmpty { throw Failure("\(source) holds no password: its first line is empty") }
    if password.count > limit {
      throw Failure("the password in \(source) is longer than \(limit) bytes")
    }
    if password.contains(0) { throw Failure("the password in \(source) has a NUL byte") }
    if password.contains(UInt8(ascii: "\r")) {
      throw Failure(
        "the password in \(source) has a carriage return, as lines have that end with CR LF: save it "
          + "with LF alone")
    }
  }

  private static func check(_ status: stat, _ path: String) throws(Failure) {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure("\(path) is not a regular file")
    }
    guard status.st_uid == 0 || status.st_uid == geteuid() else {
      throw Failure(
        "\(path) belongs to user \(status.st_uid), who could change the password: it must belong to root "
          + "or to user \(geteuid()) (chown)")
    }
    let isOfRootsGroup = status.st_uid == 0 && status.st_gid == 0
    guard status.st_mode & (isOfRootsGroup ? 0o037 : 0o077) == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw Failure(
        "others may read or write the password file \(path) (mode \(mode)): chmod 600 \(path)")
    }
  }
}
