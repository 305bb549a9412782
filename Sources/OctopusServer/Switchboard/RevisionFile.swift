import Glibc
import OctopusEngine
import OctopusRecords

/// The file that holds the high-water mark of revisions: one decimal number.
///
/// It is replaced, never written in place, and both the new file and its directory are synced, so
/// that after a power cut it holds either the old number or the new one. It never goes down, even if
/// two servers share the directory.
package struct RevisionFile: Sendable {
  package enum Failure: Error, Sendable, CustomStringConvertible {
    case system(SystemError)
    case damaged(path: String)

    package var description: String {
      switch self {
      case .system(let error): error.description
      case .damaged(let path):
        "\(path) does not hold a revision. Remove it only if no fencing token is in use any more"
      }
    }
  }

  let directory: String
  var path: String { directory + "/revision" }

  package init(in directory: String) { self.directory = directory }

  /// The mark; 0 when there is none yet.
  func read() throws(Failure) -> Revision {
    let content: [UInt8]
    do {
      content = try Self.contents(of: path)
    } catch {
      if error.code == ENOENT { return 0 }
      throw .system(error)
    }
    let text = String(decoding: content, as: UTF8.self)
    guard text.hasSuffix("\n"), let mark = Revision(text.dropLast()),
      (0..<Limits.revision).contains(mark)
    else { throw .damaged(path: path) }
    return mark
  }

  /// Moves the mark up to `target`, on the disk, and answers it; answers a higher mark if there is one.
  func raise(to target: Revision) throws(Failure) -> Revision {
    do {
      let lock = try Descriptor(
        opening: directory + "/revision.lock", O_RDWR | O_CREAT, mode: 0o600)
      guard flock(lock.number, LOCK_EX) == 0 else { throw SystemError("lock \(directory)") }
      let mark = max(try read(), target)
      try replace(with: Array("\(mark)\n".utf8))
      return mark
    } catch let error as SystemError {
      throw .system(error)
    } catch let error as Failure {
      throw error
    } catch {
      preconditionFailure("nothing else is thrown")
    }
  }

  private func replace(with content: [UInt8]) throws(SystemError) {
    let temporary = path + ".new"
    do {
      let file = try Descriptor(opening: temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
      let written = content.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
      guard written == content.count else { throw SystemError("write \(temporary)") }
      guard fsync(file.number) == 0 else { throw SystemError("sync \(temporary)") }
    }
    guard rename(temporary, path) == 0 else { throw SystemError("rename \(temporary)") }
    let folder = try Descriptor(opening: directory, O_RDONLY | O_DIRECTORY)
    guard fsync(folder.number) == 0 else { throw SystemError("sync \(directory)") }
  }

  private static func contents(of path: String) throws(SystemError) -> [UInt8] {
    let file = try Descriptor(opening: path, O_RDONLY)
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = Glibc.read(file.number, &buffer, buffer.count)
    guard count >= 0 else { throw SystemError("read \(path)") }
    return Array(buffer.prefix(count))
  }
}
