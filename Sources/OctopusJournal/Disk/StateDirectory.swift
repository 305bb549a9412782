import Glibc
import OctopusRecords
import OctopusSystem

/// The directory whose files outlive a run, locked for as long as this object lives.
///
/// Directory and lock stay open, and files are opened relative to them: even if the path is
/// renamed, or clients use up all descriptors, this remains the directory that was locked.
package final class StateDirectory: Sendable {
  static let lockName = "revision.lock"

  package let path: String
  let folder: Descriptor
  /// Nil: the directory is only read.
  private let lock: Descriptor?

  /// Opens the directory, makes it (mode 0700) if it does not exist, and locks it. May wait for the
  /// disk.
  package init(_ path: String, progress: Progress = Progress()) throws(StorageError) {
    self.path = path
    do throws(SystemError) {
      progress.begin("make \(path)")
      try makeDirectory(path, mode: 0o700)
      progress.begin("open \(path)")
      folder = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
    } catch {
      throw .system(error)
    }
    try Self.checkOwner(of: folder, path)
    progress.begin("lock \(path)/\(Self.lockName)")
    lock = try Self.lock(in: folder, path)
  }

  /// Opens a directory to read it, without the lock: another process may write to it meanwhile.
  package init(reading path: String) throws(StorageError) {
    self.path = path
    do throws(SystemError) {
      folder = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
    } catch {
      throw .system(error)
    }
    lock = nil
  }

  /// The process that wrote its id when it locked the directory, if one of that id is running.
  package var user: pid_t? {
    guard
      let file = try? Descriptor(
        opening: Self.lockName, in: folder, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, path: path)
    else { return nil }
    return Self.holder(file)
  }

  var isReadOnly: Bool { lock == nil }

  /// If another user could write here, fencing tokens could repeat, or the daemon be made to
  /// overwrite files of its own user.
  private static func checkOwner(
    of folder: borrowing Descriptor, _ path: String
  ) throws(StorageError) {
    var status = stat()
    guard fstat(folder.number, &status) == 0 else { throw .system(SystemError("look at \(path)")) }
    guard status.st_uid == geteuid() else {
      throw .belongsToAnotherUser(path: path, owner: status.st_uid, user: geteuid())
    }
    guard status.st_mode & 0o022 == 0 else {
      throw .writableByOthers(path: path, mode: status.st_mode & 0o7777)
    }
  }

  private static func lock(
    in folder: borrowing Descriptor, _ path: String
  ) throws(StorageError) -> Descriptor {
    let name = path + "/" + lockName
    let file: Descriptor
    do throws(SystemError) {
      file = try Descriptor(
        opening: lockName, in: folder, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600,
        path: name)
    } catch {
      throw error.code == ELOOP ? .notAFile(path: name) : .system(error)
    }
    guard file.isRegularFile else { throw .notAFile(path: name) }
    if flock(file.number, LOCK_EX | LOCK_NB) == 0 {
      writeProcess(in: folder)
      return file
    }
    let error = SystemError("lock \(name)")
    if error.code == EWOULDBLOCK { throw .inUse(path: path, process: holder(file)) }
    // NFS locks only files that are open for writing.
    guard error.code == EBADF, let writable = try? openForWriting(in: folder),
      flock(writable.number, LOCK_EX | LOCK_NB) == 0
    else { throw .system(error) }
    return writable
  }

  private static func openForWriting(
    in folder: borrowing Descriptor
  ) throws(SystemError) -> Descriptor {
    try Descriptor(opening: lockName, in: folder, O_RDWR | O_NOFOLLOW | O_NONBLOCK, path: lockName)
  }

  /// Writes the process id into the lock file, for the error message of the next process; failure
  /// is ignored. No file stays open for writing: the file system could not be made read-only
  /// meanwhile.
  private static func writeProcess(in folder: borrowing Descriptor) {
    let number = Array("\(getpid())\n".utf8)
    let file = try? Descriptor(
      opening: lockName, in: folder, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, path: lockName)
    if let file { _ = Glibc.write(file.number, number, number.count) }
  }

  /// The process that wrote its id into the lock file, if it is running.
  private static func holder(_ file: borrowing Descriptor) -> pid_t? {
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = pread(file.number, &buffer, buffer.count, 0)
    let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    guard text.hasSuffix("\n"), let number = pid_t(digits: text.dropLast()), number > 0,
      kill(number, 0) == 0 || errno == EPERM
    else { return nil }
    return number
  }
}

// Files.
extension StateDirectory {
  /// A file's content; nil if there is none.
  ///
  /// - Parameter limit: the size in bytes above which the file is damaged.
  package func read(_ name: String, limit: Int) throws(StorageError) -> [UInt8]? {
    let path = self.path + "/" + name
    let content: [UInt8]?
    do throws(SystemError) {
      // Nonblocking: opening a FIFO would wait for a writer.
      let file = try Descriptor(
        opening: name, in: folder, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, path: path)
      content =
        file.isRegularFile
        ? try file.readToEnd(limit: limit, subject: "cannot read \(path)") : nil
    } catch {
      switch error.code {
      case ENOENT: return nil
      case ELOOP: throw .notAFile(path: path)
      case EFBIG: throw .damaged(path: path)
      default: throw .system(error)
      }
    }
    guard let content else { throw .notAFile(path: path) }
    return content
  }

  /// Replaces a file durably: after a power cut it holds either its old content or all of the new
  /// one.
  package func replace(_ name: String, with content: [UInt8]) throws(StorageError) {
    do throws(SystemError) {
      try folder.replaceFile(name, with: content, path: path)
    } catch {
      throw .system(error)
    }
  }
}
