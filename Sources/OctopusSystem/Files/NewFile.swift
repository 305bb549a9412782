import Glibc

/// A file that takes the place of another one when all of it is written: a reader sees either the
/// old content or all of the new one.
///
/// Until then its name ends with `.new`. It is always created here: content never goes through a
/// link that somebody else has put there. If it does not take its place, it is removed.
package struct NewFile: ~Copyable {
  private let file: Descriptor
  private let directory: CInt
  private let name: String
  /// For errors.
  private let path: String
  private var isPlaced = false

  private var temporaryName: String { name + ".new" }
  private var temporaryPath: String { path + ".new" }

  /// - Parameters:
  ///   - name: of the file whose place it takes, in `directory`.
  ///   - directory: open for as long as this lives; `AT_FDCWD`: the process's own.
  ///   - path: what an error says.
  package init(
    replacing name: String, in directory: CInt = AT_FDCWD, mode: mode_t, path: String
  ) throws(SystemError) {
    let temporaryName = name + ".new"
    guard unlinkat(directory, temporaryName, 0) == 0 || errno == ENOENT else {
      throw SystemError("remove \(path).new")
    }
    let number = openat(
      directory, temporaryName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard number >= 0 else { throw SystemError("open \(path).new") }
    file = Descriptor(owning: number)
    (self.directory, self.name, self.path) = (directory, name, path)
  }

  deinit {
    if !isPlaced, hasItsName { _ = unlinkat(directory, temporaryName, 0) }
  }

  /// False if another process writes to a file of the same name, which has taken the place of this.
  private var hasItsName: Bool {
    var (own, named) = (stat(), stat())
    return fstat(file.number, &own) == 0
      && fstatat(directory, temporaryName, &named, AT_SYMLINK_NOFOLLOW) == 0
      && own.st_dev == named.st_dev && own.st_ino == named.st_ino
  }

  package func write(_ bytes: [UInt8]) throws(SystemError) {
    try file.write(bytes, path: temporaryPath)
  }

  /// Takes the place of the other file.
  ///
  /// - Parameter isDurable: whether the content survives a power cut then. The name does when the
  ///   directory is synced.
  package consuming func place(isDurable: Bool) throws(SystemError) {
    guard !isDurable || fsync(file.number) == 0 else { throw SystemError("sync \(temporaryPath)") }
    guard hasItsName else { throw SystemError("rename \(temporaryPath)", code: EBUSY) }
    guard renameat(directory, temporaryName, directory, name) == 0 else {
      throw SystemError("rename \(temporaryPath)")
    }
    isPlaced = true
  }
}
