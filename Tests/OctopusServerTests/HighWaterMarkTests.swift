import Glibc
import OctopusEngine
import OctopusJournal
import OctopusRecords
import OctopusSystem
import TestSupport
import Testing

@testable import OctopusServer

/// The mark by itself, and in a file.
@Suite struct HighWaterMarkTests {
  private let folder: TemporaryDirectory
  private var path: String { folder.path + "/revision" }

  init() throws { folder = try TemporaryDirectory() }

  private func write(_ content: String) throws {
    let file = try Descriptor(opening: path, O_CREAT | O_TRUNC | O_WRONLY, mode: 0o600)
    _ = Glibc.write(file.number, content, content.utf8.count)
  }

  private func read() throws -> Revision {
    try HighWaterMarkFile(in: StateDirectory(folder.path)).read()
  }

  private func server() -> Server {
    var configuration = Configuration(socket: .init(path: folder.path + "/o.sock"))
    configuration.stateDirectory = folder.path
    return Server(configuration)
  }

  @Test func markIsReadAsWritten() throws {
    #expect(try read() == 0)
    for mark in [Revision(0), 1, 1_000_000, EngineLimits.revision - 1] {
      try HighWaterMarkFile(in: StateDirectory(folder.path)).write(mark)
      #expect(try read() == mark)
      #expect(folder.contents == ["revision", "revision.lock"])
    }
  }

  @Test(arguments: [
    "", "12", "x\n", "-5\n", "+5\n", " 5\n", "5 \n", "0x5\n", "99999999999999999999\n",
    "9007199254740992\n", "9007199254740993\n", "1\n2\n", "1\r\n", "\0\n",
    String(repeating: "1", count: 100) + "\n",
  ])
  func damagedFileIsAnError(_ content: String) throws {
    try write(content)
    #expect(throws: StorageError.self) { _ = try read() }
    #expect(throws: StartupError.self) { try server().start() }
    #expect(!folder.contents.contains("o.sock"))
  }

  /// One that started there would refuse every write, and leave a mark that it could not read.
  @Test(arguments: [EngineLimits.revision - 1, EngineLimits.revision - 1 - HighWaterMark.stride])
  func startFailsWhenTheMarkLeavesNoRevisions(mark: Revision) throws {
    try write("\(mark)\n")
    let failure = #expect(throws: StartupError.self) { try server().start() }
    #expect(failure?.description.contains("\(path) holds \(mark), and revisions end") == true)
    // Not through the state directory: the thread that read it may still hold its lock.
    #expect(try readFile(ByteString(path)) == ByteString("\(mark)\n"))
  }

  @Test func highestUsableMarkServesAllRemainingRevisions() throws {
    let storage = try FakeStorage(mark: EngineLimits.revision - 402)
    var mark = try HighWaterMark(storage, stride: 400)
    #expect(storage.mark == EngineLimits.revision - 2)
    #expect(mark.beginReservation(at: mark.reserved, now: 0) == EngineLimits.revision - 1)
    mark.endReservation(reached: EngineLimits.revision - 1)
    #expect(mark.beginReservation(at: mark.reserved, now: 0) == nil)
  }

  @Test func revisionsGrowAcrossRestarts() async throws {
    var last = 0
    for _ in 0..<3 {
      try await withServer(stateDirectory: folder.path, in: folder) { server in
        let answer = try server.connect().call("SET", "x", "REV")
        let revision = try #require(Int(answer.dropFirst("[OK, ".count).dropLast()))
        #expect(revision > last)
        last = revision
      }
    }
    #expect(last > 2 * HighWaterMark.stride)
  }

  @Test func reservationIsNeededWhenHalfAStrideIsUsed() throws {
    var mark = try HighWaterMark(FakeStorage(), stride: 400)
    #expect((mark.reserved, mark.reservationThreshold, mark.commandLimit) == (400, 200, 300))
    #expect(mark.needsReservation(at: 200) == false)
    #expect(mark.beginReservation(at: 200, now: 0) == nil)
    #expect(mark.needsReservation(at: 201) == true)
    #expect(mark.needsReservation(at: 202) == false, "by one at a time")
    #expect(mark.beginReservation(at: 202, now: 0) == 800)
    mark.endReservation(reached: 800)
    #expect((mark.reserved, mark.reservationThreshold, mark.commandLimit) == (800, 600, 700))
    // Far above it, one raise covers all.
    #expect(mark.beginReservation(at: 5_000, now: 0) == 5_400)
  }

  @Test func failingOrHangingDiskShowsInTheStatus() throws {
    var mark = try HighWaterMark(FakeStorage(), stride: 400)
    #expect(mark.status(now: 0)?.error == nil)
    _ = mark.beginReservation(at: 300, now: 1_000_000)
    #expect(mark.status(now: 5_000_000)?.error == nil)
    #expect(
      mark.status(now: 8_000_000)?.error == "the disk has not answered for 7 seconds")
    mark.endReservation(.damaged(path: "x"))
    #expect(mark.status(now: 8_000_000)?.error?.hasPrefix("x does not hold") == true)
    _ = mark.beginReservation(at: 300, now: 9_000_000)
    #expect(mark.status(now: 9_000_000)?.error != nil, "until it has succeeded")
    mark.endReservation(reached: 800)
    #expect(mark.status(now: 20_000_000)?.error == nil)
    #expect(mark.status(now: 20_000_000)?.reserved == 800)
  }

  @Test func markWithoutStorageNeedsNoReservation() {
    var mark = HighWaterMark()
    #expect(mark.needsReservation(at: 1 << 52) == false)
    #expect(mark.beginReservation(at: 1 << 52, now: 0) == nil)
    #expect(mark.commandLimit == .max && mark.status(now: 0) == nil)
  }
}
