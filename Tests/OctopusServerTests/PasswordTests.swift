import Glibc
import OctopusSystem
import TestSupport
import Testing

@testable import OctopusServer

/// How fast passwords may be tried.
@Suite struct PasswordAttemptTests {
  @Test func eachWrongPasswordDoublesThePause() {
    let attempts = PasswordAttempts()
    let pauses = (0...4).map { attempts.pause(after: $0, now: 0) }
    #expect(pauses == [0, 250_000, 500_000, 1_000_000, 2_000_000])
    #expect(attempts.pause(after: .max, now: 0) == 250_000 << 8)
  }

  @Test func manyWrongPasswordsDelayEveryAttempt() {
    let attempts = PasswordAttempts()
    var now: Int64 = 10_000_000
    func pause() -> Int64 { attempts.pause(after: 0, now: now) }
    for _ in 0..<20 {
      #expect(pause() == 0)
      _ = attempts.noteFailure(now: now)
    }
    for _ in 0..<1_000 { _ = attempts.noteFailure(now: now) }
    #expect(pause() == 1_000_000)
    // However many they were.
    now += 1_000_000
    #expect(pause() == 0)
    _ = attempts.noteFailure(now: now)
    #expect(pause() == 1_000_000)
  }

  @Test func failuresAreLoggedOncePerSecondWithACount() {
    let attempts = PasswordAttempts()
    #expect(attempts.noteFailure(now: 0) == 1)
    for now in 1...500 { #expect(attempts.noteFailure(now: Int64(now)) == nil) }
    #expect(attempts.noteFailure(now: 1_000_000) == 501)
    #expect(attempts.noteFailure(now: 1_000_001) == nil)
  }

  @Test func delayedAttemptsAreReleasedInOrderOfTheirTime() {
    var delayed = DelayedAttempts()
    #expect(delayed.deadline == .max)
    delayed.append(1, until: 30)
    delayed.append(2, until: 10)
    delayed.append(3, until: 20)
    delayed.append(4, until: 20)
    #expect(delayed.deadline == 10)
    #expect(delayed.takeDue(now: 9) == nil)
    let due = (0..<5).map { _ in delayed.takeDue(now: 25) }
    #expect(due == [2, 3, 4, nil, nil])
    #expect(delayed.takeDue(now: 30) == 1)
  }

  @Test(arguments: [1, 3]) func repeatedWrongPasswordsCloseTheConnection(loops: Int) async throws {
    let log = LogCollector()
    let folder = try TemporaryDirectory()
    var configuration = Configuration(
      socket: .init(path: folder.path + "/o.sock"), tcp: .init(host: "127.0.0.1", port: 0),
      password: Array("secret".utf8))
    configuration.loops = loops
    let server = Server(configuration, logger: log.logger)
    try server.start()
    defer { server.stop() }
    let guessing = try RESPClient(tcpPort: server.tcpPort)
    try guessing.send(
      "AUTH a\r\nHELLO 3 AUTH default b\r\nAUTH root secret\r\nAUTH d\r\nAUTH e\r\nAUTH secret\r\n")
    let heard = try guessing.textToEnd()
    #expect(heard.count == 5 && heard.allSatisfy { $0.hasPrefix("-WRONGPASS ") }, "\(heard)")
    #expect(log.count("warning wrong password count=1 peer=127.0.0.1:") >= 1)
    let client = try RESPClient(unix: folder.path + "/o.sock")
    #expect(try client.call("INFO", "stats").contains("\r\nacl_access_denied_auth:5\r\n"))
    #expect(try client.call("INFO", "errorstats").contains("errorstat_WRONGPASS:count=5"))
  }

  @Test(arguments: [1, 3]) func rightPasswordIsAcceptedDuringAnAttack(loops: Int) async throws {
    try await withServer(loops: loops, tcpPassword: "secret") { server in
      let attackers = try (0..<60).map { _ in try RESPClient(tcpPort: server.tcpPort) }
      for attacker in attackers { try attacker.send("AUTH wrong\r\nAUTH wrong\r\n") }
      let client = try RESPClient(tcpPort: server.tcpPort)
      #expect(try client.call("AUTH", "secret") == "OK")
      #expect(try client.call("SET", "x") == "OK")
      for attacker in attackers { #expect(try attacker.nextText().hasPrefix("-WRONGPASS ")) }
      // One wrong password is a mistake: the right one after it lets in.
      let mistaken = try RESPClient(tcpPort: server.tcpPort)
      try mistaken.send("AUTH wrong\r\nAUTH secret\r\nSET y\r\n")
      #expect(try mistaken.nextText().hasPrefix("-WRONGPASS "))
      #expect(try mistaken.nextText() == "OK")
      #expect(try mistaken.nextText() == "OK")
    }
  }

  /// With a pause that never ends: nothing of the connection is answered, whatever the password,
  /// and all others are.
  @Test(arguments: [1, 3]) func wrongPasswordDelaysItsConnectionOnly(loops: Int) async throws {
    let folder = try TemporaryDirectory()
    var configuration = Configuration(
      socket: .init(path: folder.path + "/o.sock"), tcp: .init(host: "127.0.0.1", port: 0),
      password: Array("secret".utf8))
    configuration.loops = loops
    configuration.passwordPauseMicroseconds = 1 << 50
    let server = Server(configuration)
    try server.start()
    defer { server.stop() }
    let guessing = try RESPClient(tcpPort: server.tcpPort)
    try guessing.send("AUTH wrong\r\nAUTH secret\r\nPING\r\n")
    #expect(try guessing.nextText().hasPrefix("-WRONGPASS "))
    let others = try (0..<loops).map { _ in try RESPClient(tcpPort: server.tcpPort) }
    for _ in 0..<100 {
      for other in others { #expect(try other.call("AUTH", "secret") == "OK") }
    }
    #expect(!guessing.hasInput)
  }

  /// Its other end goes while its password waits.
  @Test func closeDuringThePauseDropsTheConnection() async throws {
    try await withServer(tcpPassword: "secret") { server in
      let leaving = try RESPClient(tcpPort: server.tcpPort)
      try leaving.send("AUTH wrong\r\nAUTH secret\r\nSET x TRANSIENT\r\n")
      #expect(try leaving.nextText().hasPrefix("-WRONGPASS "))
      leaving.close()
      let client = try server.connect()
      try client.wait(for: "connected_clients", 1)
      #expect(try client.call("DBSIZE") == "0")
    }
  }
}

/// A password in a file.
@Suite struct PasswordFileTests {
  private let folder: TemporaryDirectory
  private var path: String { folder.path + "/password" }

  init() throws { folder = try TemporaryDirectory() }

  private func write(_ content: some Sequence<UInt8>, mode: mode_t = 0o600) throws {
    unlink(path)
    let file = try Descriptor(opening: path, O_CREAT | O_WRONLY, mode: 0o600)
    let bytes = Array(content)
    _ = Glibc.write(file.number, bytes, bytes.count)
    fchmod(file.number, mode)
  }

  private func failure() -> String {
    do throws(PasswordFile.Failure) {
      _ = try PasswordFile.read(path)
      return "none"
    } catch { return error.description }
  }

  @Test(arguments: ["secret", "secret\n", "secret\nmore\r\n", "secret\n\0"])
  func passwordIsTheFirstLineOfTheFile(_ content: String) throws {
    try write(content.utf8)
    #expect(try PasswordFile.read(path) == Array("secret".utf8))
    try write(content.utf8, mode: 0o400)
    #expect(try PasswordFile.read(path) == Array("secret".utf8))
  }

  @Test func passwordUpToTheLimitIsAccepted() throws {
    let longest = (0..<PasswordFile.limit).map { UInt8($0 % 200) + 20 }
    try write(longest + [10])
    #expect(try PasswordFile.read(path) == longest)
    try write(longest + [33, 10])
    #expect(failure() == "the password in \(path) is longer than 1024 bytes")
    try write(Array(repeating: 65, count: 1 << 20))
    #expect(failure() == "the password in \(path) is longer than 1024 bytes")
  }

  @Test(arguments: [
    ("", "its first line is empty"), ("\nlate\n", "its first line is empty"),
    ("two words\r\nmore\n", "CR LF"), ("\r\n", "CR LF"), ("a\rb\n", "carriage return"),
    ("a\0b\n", "NUL"), ("\0\n", "NUL"),
  ])
  func invalidPasswordIsExplained(_ content: String, _ reason: String) throws {
    try write(content.utf8)
    #expect(failure().contains(path) && failure().contains(reason), "\(failure())")
  }

  @Test(arguments: [mode_t(0o640), 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
  func passwordFileThatOthersMayAccessIsRefused(mode: mode_t) throws {
    try write("secret\n".utf8, mode: mode)
    if geteuid() == 0 { #expect(chown(path, 0, 12_345) == 0) }
    #expect(
      failure() == "others may read or write the password file \(path) "
        + "(mode \(String(mode, radix: 8))): chmod 600 \(path)")
  }

  /// As systemd's credentials are.
  @Test(.enabled(if: geteuid() == 0)) func rootsFileReadableForRootsGroupIsAccepted() throws {
    try write("secret\n".utf8, mode: 0o440)
    #expect(chown(path, 0, 0) == 0)
    #expect(try PasswordFile.read(path) == Array("secret".utf8))
  }

  /// Only root may give a file away.
  @Test(.enabled(if: geteuid() == 0)) func passwordFileOfAnotherUserIsRefused() throws {
    try write("secret\n".utf8)
    #expect(chown(path, 65_534, .max) == 0)
    #expect(failure().contains("\(path) belongs to user 65534"))
  }

  @Test func passwordFileMustBeRegular() throws {
    #expect(failure() == "cannot open \(path): No such file or directory")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(failure() == "\(path) is not a regular file")
    unlink(path)
    #expect(mkdir(path, 0o700) == 0)
    #expect(failure() == "\(path) is not a regular file")
    rmdir(path)
    // Where secrets are mounted, their names are often links.
    try write("secret\n".utf8)
    let link = folder.path + "/link"
    #expect(symlink(path, link) == 0)
    #expect(try PasswordFile.read(link) == Array("secret".utf8))
  }
}
