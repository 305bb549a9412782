import CPlatform
import Glibc
import OctopusRecords
import OctopusSession
import OctopusSystem

/// Listens on a Unix socket in the file system.
struct UnixListener: Listener {
  let descriptor: CInt
  private let path: String
  private let lock: SocketLock
  /// The socket's file, so that `close` removes no other.
  private let file: FileIdentity?

  /// The file's mode is never wider than `mode`, and 0600 until it has its group.
  init(path: String, mode: UInt32 = 0o600, group: String? = nil) throws(StartupError) {
    guard let address = UnixAddress(path), !path.hasPrefix("@") else {
      throw .address(path, reason: "a socket's path has 1 to 107 bytes, and does not begin with @")
    }
    let owner = try group.map { name throws(StartupError) in try Self.number(ofGroup: name) }
    let lock = try SocketLock(besideSocket: path)
    do throws(StartupError) {
      try Self.removeStale(path, address)
      descriptor = try Self.listen(path, address, mode, owner)
    } catch {
      lock.release()
      throw error
    }
    self.path = path
    self.lock = lock
    file = FileIdentity(path)
  }

  func peer(of connection: CInt) -> Peer {
    var (user, process): (UInt32, CInt) = (0, 0)
    let isKnown = platform_peer(connection, &user, &process) == 0
    return Peer(
      transport: .unix, address: path + ":0", localAddress: path + ":0",
      userID: isKnown ? user : nil, processID: isKnown ? process : nil,
      isAdministrator: isKnown && Self.isAdministrator(user))
  }

  /// Whether this is root or the server's own user. The kernel shows users of other user namespaces
  /// as the overflow user, which is therefore never an administrator.
  private static func isAdministrator(_ user: UInt32) -> Bool {
    let overflowUser: UInt32 = 65_534
    return user == 0 || user == geteuid() && user != overflowUser
  }

  func close() {
    if let file, file == FileIdentity(path) { unlink(path) }
    _ = Glibc.close(descriptor)
    lock.release()
  }

  /// Removes a socket on which no server answers.
  private static func removeStale(
    _ path: String, _ address: UnixAddress
  ) throws(StartupError) {
    guard let file = FileIdentity(path) else { return }
    guard file.isSocket else { throw .notASocket(path: path) }
    let probe = platform_stream_socket(AF_UNIX)
    guard probe >= 0 else { throw .system(SystemError("make a socket")) }
    defer { _ = Glibc.close(probe) }
    // A server that is too busy to accept must not make this wait.
    _ = fcntl(probe, F_SETFL, O_NONBLOCK)
    let answer = address.withPointer { connect(probe, $0, $1) }
    guard answer != 0, errno == ECONNREFUSED else {
      if answer == 0 || errno == EAGAIN { throw .inUse(path: path) }
      throw .system(SystemError("see who serves \(path)"))
    }
    unlink(path)
  }

  private static func listen(
    _ path: String, _ address: UnixAddress, _ mode: UInt32, _ group: gid_t?
  ) throws(StartupError) -> CInt {
    let socket = platform_stream_socket(AF_UNIX)
    guard socket >= 0 else { throw .system(SystemError("make a socket")) }
    // The file gets the mode that the socket has when it is bound.
    guard fchmod(socket, 0o600) == 0, address.withPointer({ bind(socket, $0, $1) }) == 0 else {
      let error = SystemError("make \(path)")
      _ = Glibc.close(socket)
      throw .system(error)
    }
    let isReady =
      (group == nil || lchown(path, .max, group!) == 0) && chmod(path, mode) == 0
      && Glibc.listen(socket, 512) == 0
    guard isReady else {
      let error = SystemError("listen on \(path)")
      unlink(path)
      _ = Glibc.close(socket)
      throw .system(error)
    }
    return socket
  }

  private static func number(ofGroup name: String) throws(StartupError) -> gid_t {
    if let number = gid_t(digits: name) {
      // The greatest number means to chown(2): leave the group as it is.
      guard number < .max else { throw .noSuchGroup(name) }
      return number
    }
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 64 << 10)
    getgrnam_r(name, &entry, &buffer, buffer.count, &found)
    guard found != nil else { throw .noSuchGroup(name) }
    return entry.gr_gid
  }
}
