// What outlives Kaluga: a directory of small files, which Kaluga and the guards of its drivers
// write. docs/kaluga.md describes them.
import DeviceSchema
import Dispatch
import Glibc
import OctopusRecords
import OctopusSystem

/// The state directory, which one Kaluga at a time works with.
package final class StateDirectory: Sendable {
  package enum Failure: Error, CustomStringConvertible {
    case file(SystemError)
    case taken(String)
    case untrusted(String)
    case tooLong(String)

    package var description: String {
      switch self {
      case .file(let failure): failure.description
      case .taken(let path): "another kaluga works with \(path)"
      case .untrusted(let path):
        "\(path) belongs to another user, or others may write there: they could have kaluga end processes"
      case .tooLong(let path): "\(path) is too long for the sockets in it"
      }
    }
  }

  /// How many logs are kept of instances that are gone.
  static let keptLogs = 200

  package let path: String
  /// Locked by this Kaluga, and by guards that have not put their drivers on record.
  let lock: CInt

  /// Opens it, or makes it. If an earlier Kaluga has been killed, waits for the guards that have
  /// not put their drivers on record.
  package init(_ path: String) throws(Failure) {
    // There are sockets in it, whose paths have at most 108 bytes.
    guard path.utf8.count < 80 else { throw .tooLong(path) }
    for folder in [path, "\(path)/log", "\(path)/notify"] {
      if mkdir(folder, 0o711) != 0, errno != EEXIST {
        throw .file(SystemError(subject: folder))
      }
    }
    for folder in [path, "\(path)/log", "\(path)/notify"] where !Self.isOwn(folder) {
      throw .untrusted(folder)
    }
    let file = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    // Not in the place of a standard stream: a guard gets those from elsewhere.
    lock = fcntl(file, F_DUPFD_CLOEXEC, 3)
    let number = errno
    close(file)
    self.path = path
    guard lock >= 0 else { throw .file(SystemError(subject: path, code: number)) }
    guard Self.lock(lock, within: .seconds(3)) else { throw .taken(path) }
  }

  /// Locks a file. False if another process has it locked for longer than a time.
  private static func lock(_ file: CInt, within limit: DispatchTimeInterval) -> Bool {
    if flock(file, LOCK_EX | LOCK_NB) == 0 { return true }
    // flock(2) has no time limit, so another thread waits, with a descriptor of its own. If it gets
    // the lock too late, the caller has closed its descriptor, and the thread closes the last one:
    // the kernel releases the lock.
    let descriptor = fcntl(file, F_DUPFD_CLOEXEC, 3)
    guard descriptor >= 0 else { return false }
    let isLocked = DispatchSemaphore(value: 0)
    DispatchQueue(label: "kaluga.lock").async {
      while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
      close(descriptor)
      isLocked.signal()
    }
    return isLocked.wait(timeout: .now() + limit) == .success
  }

  /// Whether a directory is this user's, and nobody else may write there.
  private static func isOwn(_ folder: String) -> Bool {
    var status = stat()
    return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
  }

  deinit { close(lock) }

  // MARK: Instances

  func save(_ instance: SavedInstance) throws(SystemError) {
    var pairs: [(String, Value)] = [
      ("driver", .string(instance.key.driver)), ("fingerprint", .integer(instance.fingerprint)),
      ("restarts", .integer(Int64(instance.restarts))),
      ("failures", .integer(Int64(instance.failures))), ("since", .integer(instance.since)),
      ("held", .boolean(instance.isHeld)), ("stop", .integer(instance.stopMilliseconds)),
    ]
    if let device = instance.key.device {
      pairs += [
        (DeviceAttribute.syspath.rawValue, .string(device.syspath.escaped)),
        (DeviceAttribute.devinode.rawValue, .integer(device.inode)),
      ]
    }
    let path = file(instance.number, "instance")
    // The names are valid: only the texts can be too long.
    guard let record = try? Record(name: "instance", pairs: pairs) else {
      throw SystemError(subject: path, code: EFBIG)
    }
    try replaceFile(path, with: Array("\(record)\n".utf8))
  }

  private func load(_ number: Int) -> SavedInstance? {
    guard let record = record(number, "instance"), let driver = record["driver"]?.text
    else { return nil }
    // A damaged file may hold any number. Counting on from it must not overflow.
    func integer(_ name: String, upTo limit: Int64) -> Int64 {
      min(max(record[name]?.integer ?? 0, 0), limit)
    }
    return SavedInstance(
      number: number, key: InstanceKey(driver: driver, device: DeviceID(record)),
      fingerprint: record["fingerprint"]?.integer ?? 0,
      restarts: Int(integer("restarts", upTo: 1 << 31)),
      failures: Int(integer("failures", upTo: 100)), since: integer("since", upTo: 1 << 53),
      isHeld: record["held"]?.boolean ?? false,
      stopMilliseconds: integer("stop", upTo: 86_400_000))
  }

  /// The instances of an earlier Kaluga, and a number above all that it has used.
  package func recover() throws(SystemError) -> (instances: [RecoveredInstance], nextNumber: Int) {
    let numbers = try directoryEntries(path).compactMap { name -> Int? in
      let parts = name.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1].elementsEqual("instance".utf8) else { return nil }
      return InstanceNumber.read(parts[0])
    }.sorted()
    let logs = try logNumbers()
    let instances = numbers.compactMap { number -> RecoveredInstance? in
      guard let saved = load(number) else { return nil }
      let record = processRecord(of: number)
      if let record, record.isGuarded {
        return RecoveredInstance(saved, .running(pid: record.pid, isReady: isReady(number)))
      }
      let ending = ending(of: number) ?? record.map { _ in .unknown }
      return RecoveredInstance(saved, ending.map { .ended($0) })
    }
    return (instances, 1 + max(numbers.last ?? -1, logs.last ?? -1))
  }

  /// Removes the files of an instance's last process: all that is read from now on is of the next.
  func removeProcessFiles(of number: Int) {
    for kind in ["run", "ready", "exit"] { unlink(file(number, kind)) }
  }

  func forget(_ number: Int) {
    unlink(file(number, "instance"))
    removeProcessFiles(of: number)
    // Now and then, because reading a large directory takes long.
    guard number % 64 == 0, let logs = try? logNumbers(), logs.count > Self.keptLogs
    else { return }
    let kept = logs.filter { access(file($0, "instance"), F_OK) != 0 }
    for number in kept.dropLast(Self.keptLogs) {
      unlink(logPath(number))
      unlink(logPath(number) + ".1")
    }
  }

  private func logNumbers() throws(SystemError) -> [Int] {
    try directoryEntries("\(path)/log").compactMap { InstanceNumber.read($0.bytes) }.sorted()
  }

  // MARK: Files of guards

  func processRecord(of number: Int) -> ProcessRecord? {
    guard let record = record(number, "run"),
      let numbers = try? record.read(
        "guard", "guard_start", "pid", "start", as: Int32.self, Int64.self, Int32.self, Int64.self)
    else { return nil }
    return ProcessRecord(
      guardPID: numbers.0, guardStart: numbers.1, pid: numbers.2, start: numbers.3)
  }

  func isReady(_ number: Int) -> Bool { access(file(number, "ready"), F_OK) == 0 }

  func ending(of number: Int) -> Ending? {
    guard let record = record(number, "exit") else { return nil }
    if let status = record["status"]?.integer {
      return .status(Int32(truncatingIfNeeded: status))
    }
    let number = record["errno"]?.integer.map {
      ": " + String(cString: strerror(Int32(truncatingIfNeeded: $0)))
    }
    return .unstartable((record["reason"]?.text ?? "it cannot be started") + (number ?? ""))
  }

  package func logPath(_ number: Int) -> String { "\(path)/log/\(number)" }

  private func file(_ number: Int, _ kind: String) -> String { "\(path)/\(number).\(kind)" }

  private func record(_ number: Int, _ kind: String) -> Record? {
    guard let text = try? readFile(ByteString(file(number, kind)), limit: 1 << 20) else {
      return nil
    }
    return try? Record(parsing: text.text)
  }
}
