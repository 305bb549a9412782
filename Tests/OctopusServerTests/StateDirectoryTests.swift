import Glibc
import OctopusJournal
import OctopusSystem
import TestSupport
import Testing

@testable import OctopusServer

/// The directory that outlives a run: it is ours alone, and nothing in it leads elsewhere.
@Suite struct StateDirectoryTests {
  private let folder: TemporaryDirectory
  private var path: String { folder.path }

  init() throws { folder = try TemporaryDirectory() }

  private func create(_ name: String, _ content: String) throws {
    let file = try Descriptor(opening: "\(path)/\(name)", O_CREAT | O_WRONLY, mode: 0o600)
    _ = write(file.number, content, content.utf8.count)
  }

  private func content(_ file: String) throws -> String {
    let file = try Descriptor(opening: file, O_RDONLY)
    var buffer = [UInt8](repeating: 0, count: 100)
    let count = read(file.number, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  /// What opening and using it fails with.
  private func failure(_ directory: String? = nil) -> String? {
    do throws(StorageError) {
      let file = HighWaterMarkFile(in: try StateDirectory(directory ?? path))
      try file.write(max(1, try file.read()))
      return nil
    } catch { return error.description }
  }

  @Test func missingDirectoryIsMadePrivate() throws {
    let deep = path + "/a/b"
    #expect(failure(deep + "/") == nil)
    var status = stat()
    #expect(lstat(deep, &status) == 0 && status.st_mode & 0o777 == 0o700)
    // Others may pass through what root makes above it, as through /var/lib, and write nothing
    // there.
    #expect(lstat(path + "/a", &status) == 0 && status.st_mode & 0o022 == 0)
    #expect(failure("/proc/none/state")?.hasPrefix("cannot make /proc/none") == true)
  }

  @Test func directoryInUseIsRefused() throws {
    let first = try StateDirectory(path)
    withExtendedLifetime(first) {
      #expect(
        failure() == "another octopusd (pid \(getpid())) uses the state directory \(path)")
    }
  }

  @Test func lockErrorNamesTheHoldingProcess() throws {
    try create("revision.lock", "")
    let file = try Descriptor(opening: path + "/revision.lock", O_RDWR)
    #expect(flock(file.number, LOCK_EX) == 0)
    #expect(failure() == "another process holds \(path)/revision.lock")
    // As a server that was killed leaves it.
    _ = pwrite(file.number, "999999999\n", 10, 0)
    #expect(failure() == "another process holds \(path)/revision.lock")
  }

  @Test(arguments: ["revision", "revision.lock"])
  func fileThatIsNotRegularIsKept(name: String) throws {
    let target = path + "/" + name
    #expect(mkfifo(target, 0o600) == 0)
    #expect(failure() == "\(target) is not a regular file: not touching it")
    unlink(target)
    try create("victim", "precious")
    #expect(symlink(path + "/victim", target) == 0)
    #expect(failure() == "\(target) is not a regular file: not touching it")
    unlink(target)
    #expect(mkdir(target, 0o700) == 0)
    #expect(failure()?.contains(target) == true)
    rmdir(target)
    #expect(try content(path + "/victim") == "precious")
    #expect(failure() == nil)
  }

  /// A symbolic link in its place would have the file behind it overwritten.
  @Test func temporaryFileIsAlwaysCreated() throws {
    try create("victim", "precious")
    #expect(symlink(path + "/victim", path + "/revision.new") == 0)
    #expect(failure() == nil)
    #expect(try content(path + "/victim") == "precious")
    #expect(try content(path + "/revision") == "1\n")
    try create("revision.new", "left over")
    #expect(failure() == nil)
    #expect(folder.contents == ["revision", "revision.lock", "victim"])
    #expect(mkdir(path + "/revision.new", 0o700) == 0)
    #expect(failure()?.hasPrefix("cannot remove \(path)/revision.new: ") == true)
    rmdir(path + "/revision.new")
  }

  @Test func directoryWritableByOthersIsRefused() throws {
    for mode in [mode_t(0o770), 0o702, 0o1777] {
      #expect(chmod(path, mode) == 0)
      #expect(failure()?.contains("chmod go-w \(path)") == true)
    }
    #expect(chmod(path, 0o755) == 0)
    #expect(failure() == nil)
  }

  /// Only root may give a file away.
  @Test(.enabled(if: geteuid() == 0)) func directoryOfAnotherUserIsRefused() throws {
    #expect(chown(path, 65_534, .max) == 0)
    #expect(failure()?.contains("belongs to user 65534 and not to user 0") == true)
  }

  @Test func renamedDirectoryStaysInUse() throws {
    let file = HighWaterMarkFile(in: try StateDirectory(path))
    let moved = path + ".moved"
    #expect(rename(path, moved) == 0)
    try file.write(7)
    #expect(try content(moved + "/revision") == "7\n")
    #expect(rename(moved, path) == 0)
  }

  /// One that has been used but cannot be written to now: revisions must not begin anew elsewhere.
  @Test func usedDirectoryIsChosenEvenIfUnwritable() throws {
    try create("revision", "5\n")
    #expect(chmod(path, 0o500) == 0)
    #expect(defaultPath(["STATE_DIRECTORY": path]) == path)
    #expect(chmod(path, 0o700) == 0)
  }

  private func defaultPath(_ variables: [String: String]) -> String? {
    StateDirectory.defaultPath(Environment(variables), isRoot: false)
  }

  @Test func defaultPathIsTheFirstThatIsWritable() {
    #expect(defaultPath(["STATE_DIRECTORY": path]) == path)
    #expect(defaultPath([:]) == nil)
    #expect(defaultPath(["HOME": "/proc/none"]) == nil)
  }

  @Test func startFailsWhenTheDiskHangs() throws {
    let storage = try FakeStorage()
    storage.become(.hangs)
    var configuration = Configuration(socket: .init(path: path + "/o.sock"))
    configuration.diskSeconds = 0
    let server = Server(configuration, markStorage: storage)
    let failure = #expect(throws: StartupError.self) { try server.start() }
    #expect(failure?.description.hasSuffix("the disk has not answered for 0 seconds") == true)
    #expect(folder.contents == [], "nobody can connect before")
    storage.become(.works)
  }

  @Test func stopDuringStartPreventsServing() throws {
    let storage = try FakeStorage()
    storage.become(.hangs)
    var configuration = Configuration(socket: .init(path: path + "/o.sock"))
    configuration.diskSeconds = 600
    let server = Server(configuration, markStorage: storage)
    let outcome = Outcome()
    let thread = try Thread("start") {
      do throws(StartupError) { try server.start() } catch { outcome.set("\(error)") }
    }
    storage.waitUntilRead()
    server.stop()
    storage.become(.works)
    thread.join()
    #expect(outcome.text == "stopped before it served")
    #expect(folder.contents == [])
  }
}

/// What a thread came to.
private final class Outcome: Sendable {
  private let stored = Mutex("")
  var text: String { stored.withLock { $0 } }
  func set(_ text: String) { stored.withLock { $0 = text } }
}
