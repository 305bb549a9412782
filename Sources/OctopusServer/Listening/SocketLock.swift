import CPlatform
import Glibc
import OctopusSystem

/// The right to serve on a path: a lock on a file beside the socket, held while the server runs.
///
/// The holder may remove a stale socket, since no other server can be about to bind it.
struct SocketLock: Sendable {
  private let path: String
  private let descriptor: CInt

  init(besideSocket socket: String) throws(StartupError) {
    path = socket + ".lock"
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard file >= 0 else { throw .system(SystemError("open \(path)")) }
      if flock(file, LOCK_EX | LOCK_NB) != 0 {
        let error = SystemError("lock \(path)")
        close(file)
        throw error.code == EWOULDBLOCK ? .inUse(path: socket) : .system(error)
      }
      // The previous holder may have removed the file before it was locked here.
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

/// Distinguishes a file from another that replaces it at the same path.
struct FileIdentity: Equatable, Sendable {
  private let device: UInt64
  private let node: UInt64
  let isSocket: Bool

  init?(_ descriptor: CInt) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The file at the path itself, even if that is a link.
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
