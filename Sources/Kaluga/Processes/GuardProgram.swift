// The program kaluga-guard: where it is, and how it is started.
import CPlatform
import Glibc
import OctopusSystem

/// The program that supervises a driver for Kaluga.
package struct GuardProgram: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The one beside this program, as in a build folder, or else in `libexec` beside its `bin`.
  package static func installed() throws(SystemError) -> GuardProgram {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes {
      readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard count > 0 else { throw SystemError(subject: "/proc/self/exe") }
    let own = ByteString(buffer[..<count]).text
    let directory = own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex)
    let paths = ["\(directory)kaluga-guard", "\(directory)../libexec/kaluga-guard"]
    guard let path = paths.first(where: { isProgram($0) }) else {
      throw SystemError(subject: paths[1], code: ENOENT)
    }
    return GuardProgram(path)
  }

  /// Starts a guard, which is a child of this process. Blocks until the guard has been loaded.
  func start(
    _ number: Int, in state: StateDirectory, order: GuardOrder
  ) throws(StartFailure) -> pid_t {
    let order = try Self.resolvingUser(of: order)
    guard let bytes = order.bytes else { throw StartFailure("its arguments hold a NUL") }
    let file = platform_memory_file("kaluga-order")
    guard file >= 0 else { throw .guardNotStarted(errno) }
    defer { close(file) }
    guard write(file, bytes, bytes.count) == bytes.count, lseek(file, 0, SEEK_SET) == 0 else {
      throw .guardNotStarted(errno)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, state.lock, Self.heldDescriptor)
    posix_spawn_file_actions_adddup2(&actions, file, 0)
    for stream: CInt in 1...2 {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // An interrupt of Kaluga's terminal is not for drivers.
    posix_spawnattr_setflags(&attributes, platform_spawn_new_session)
    var process: pid_t = 0
    let arguments = CStrings([path, state.path, "\(number)"])
    let result = withExtendedLifetime(arguments) {
      posix_spawn(
        &process, path, &actions, &attributes, arguments.pointers, Self.environment.pointers)
    }
    guard result == 0 else { throw .guardNotStarted(result) }
    return process
  }

  /// The order with the numbers of its user and groups, which the guard cannot look up: it is
  /// linked statically, and so does not load the modules of nsswitch.conf(5).
  private static func resolvingUser(of order: GuardOrder) throws(StartFailure) -> GuardOrder {
    guard let name = order.values(of: GuardOrder.user).first else { return order }
    guard let user = User(named: name) else {
      throw StartFailure("there is no such user: \(name)")
    }
    var resolved = order
    resolved.remove(GuardOrder.user)
    resolved.add("uid", "\(user.id)")
    resolved.add("gid", "\(user.group)")
    for group in user.groups { resolved.add("group", "\(group)") }
    return resolved
  }

  /// Why a guard was not started.
  struct StartFailure: Error {
    let description: String

    init(_ description: String) { self.description = description }

    static func guardNotStarted(_ number: CInt) -> StartFailure {
      StartFailure("its guard cannot be started: \(String(cString: strerror(number)))")
    }
  }

  /// A guard holds this descriptor until its driver is on record: here the state directory's lock.
  private static let heldDescriptor: CInt = 3

  /// Kaluga's own environment without what Kaluga's supervisor says in it to Kaluga alone.
  private static let environment: CStrings = {
    let own = [
      "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_PIDFDID",
      "WATCHDOG_PID", "WATCHDOG_USEC", "SYSTEMD_EXEC_PID",
    ]
    var variables: [ByteString] = []
    var next = environ
    while let variable = next.pointee {
      let text = ByteString(cString: variable)
      if !own.contains(where: { text.bytes.starts(with: "\($0)=".utf8) }) { variables.append(text) }
      next += 1
    }
    return CStrings(variables)
  }()
}
