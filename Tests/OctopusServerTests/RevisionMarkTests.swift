import Glibc
import Testing

@testable import OctopusServer

/// Revisions never repeat, whatever ends the server.
@Suite struct RevisionMarkTests {
  private let folder = TemporaryFolder()
  private var file: RevisionFile { RevisionFile(in: folder.path) }

  @Test func itOnlyGoesUp() throws {
    #expect(try file.read() == 0)
    #expect(try file.raise(to: 100) == 100)
    #expect(try file.raise(to: 50) == 100)
    #expect(try file.read() == 100)
    #expect(folder.contents == ["revision", "revision.lock"])
  }

  @Test(arguments: [
    "", "12", "x\n", "-5\n", "99999999999999999999\n", "9007199254740993\n", "1\n2\n",
  ])
  func aDamagedFileIsNotGuessedAt(_ content: String) throws {
    try write(content)
    #expect(throws: RevisionFile.Failure.self) { _ = try file.read() }
    let server = Server(configuration)
    #expect(throws: StartFailure.self) { try server.start() }
    #expect(!folder.contents.contains("o.sock"))
  }

  private func write(_ content: String) throws {
    let file = try Descriptor(opening: file.path, O_CREAT | O_TRUNC | O_WRONLY, mode: 0o600)
    _ = Glibc.write(file.number, content, content.utf8.count)
  }

  private var configuration: Configuration {
    var configuration = Configuration(socket: .init(path: folder.path + "/o.sock"))
    configuration.stateDirectory = folder.path
    return configuration
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
    #expect(last > 2 * RevisionMark.stride)
  }

  @Test func noRevisionIsSeenThatTheDiskDoesNotCover() throws {
    var mark = try RevisionMark(file) { error in Issue.record("\(error)") }
    #expect(mark.start == 0)
    #expect(try file.read() == RevisionMark.stride)
    // Nobody raised it in time.
    mark.cover(RevisionMark.stride)
    #expect(try file.read() == RevisionMark.stride)
    mark.cover(RevisionMark.stride + 1)
    #expect(try file.read() > RevisionMark.stride)
  }

  @Test func itIsRaisedAsideByOneAtATime() throws {
    var mark = try RevisionMark(file) { error in Issue.record("\(error)") }
    #expect(mark.beginRaise(at: RevisionMark.stride / 2) == nil)
    let raise = mark.beginRaise(at: RevisionMark.stride / 2 + 1)
    #expect(mark.beginRaise(at: RevisionMark.stride) == nil)
    mark.endRaise(try #require(raise).raise())
    #expect(try file.read() == 2 * RevisionMark.stride)
    #expect(mark.beginRaise(at: RevisionMark.stride) == nil)
  }

  @Test func aDiskThatFailsIsSaidAndServiceGoesOn() throws {
    let failures = Failures()
    var mark = try RevisionMark(file) { _ in failures.count += 1 }
    for name in folder.contents { unlink("\(folder.path)/\(name)") }
    rmdir(folder.path)
    mark.cover(RevisionMark.stride + 1)
    #expect(failures.count == 1)
    mark.cover(RevisionMark.stride + 2)
    #expect(failures.count == 1, "not at every step")
  }

  // Safe here: counted on the test's own thread.
  private final class Failures: @unchecked Sendable { var count = 0 }

  @Test func withoutAPlaceThereIsNothingToWaitFor() {
    var mark = RevisionMark()
    mark.cover(1 << 52)
    #expect(mark.beginRaise(at: 1 << 52) == nil)
  }
}
