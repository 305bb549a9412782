import CPlatform
import Glibc
import OctopusSystem

/// The right to serve on a path: a lock on a file beside the socket, for as long as the server lives.
///
/// Who holds it may remove a socket that nobody answers on, since nobody else can be about to bind it.
struct SocketLock: Sendable {
  private let path: String
  private let descriptor: Int32

  init(besideSocket socket: String) throws(StartFailure) {
    path = socket + ".lock"
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard file >= 0 else { throw .system(SystemError("open \(path)")) }
      if flock(file, LOCK_EX | LOCK_NB) != 0 {
        let error = SystemError("lock \(path)")
        close(file)
        throw error.code == EWOULDBLOCK ? .inUse(path: socket) : .system(error)
      }
      // Its owner removes the file in the end. What was locked may be such a file, and no lock any more.
      if let mine = FileIdentity(file), mine == FileIdentity(path) {
        descriptor = file
        return
      }
      close(file)
    }
  }

  func release() {
    unlink(path)
    close(descriptor)
  }
}

/// Tells a file from another that takes its place.
struct FileIdentity: Equatable, Sendable {
  private let device: UInt64
  private let node: UInt64
  let isSocket: Bool

  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of what stands at the path itself, be it a link.
  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(status.st_dev)
    node = UInt64(status.st_ino)
    isSocket = status.st_mode & S_IFMT == S_IFSOCK
  }
}
