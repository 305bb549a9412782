import Glibc
import OctopusSystem
import TestSupport
import Testing

/// Small files, read whole and replaced whole.
@Suite struct SmallFileTests {
  private let directory: TemporaryDirectory
  private var path: String { directory.path + "/file" }

  init() throws { directory = try TemporaryDirectory() }

  @Test func replacedFileHasTheNewContentAndMode() throws {
    try replaceFile(path, with: Array("old, and longer".utf8))
    try replaceFile(path, with: Array("new".utf8), mode: 0o600)
    #expect(try readFile(ByteString(path)) == "new")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(try directoryEntries(directory.path) == ["file"])
  }

  @Test func replacingDoesNotWriteThroughALink() throws {
    try replaceFile(directory.path + "/victim", with: Array("precious".utf8))
    #expect(symlink("victim", path + ".new") == 0)
    try replaceFile(path, with: Array("new".utf8))
    #expect(try readFile(ByteString(directory.path + "/victim")) == "precious")
  }

  /// Two write to the same file at a time: the later one replaces it.
  @Test func halfWrittenFileOfAnotherIsNotPlaced() throws {
    func new() throws -> NewFile { try NewFile(replacing: path, mode: 0o600, path: path) }
    let first = try new()
    let second = try new()
    try first.write([1, 2])
    try second.write([3])
    do throws(SystemError) {
      try first.place(isDurable: false)
      Issue.record("the file of another was placed")
    } catch {
      #expect(error == SystemError("rename \(path).new", code: EBUSY))
    }
    try second.write([4])
    try second.place(isDurable: false)
    #expect(try readFile(ByteString(path)).bytes == [3, 4])
    #expect(try directoryEntries(directory.path) == ["file"])
  }

  @Test func longFileIsRefused() throws {
    try replaceFile(path, with: [1, 2, 3])
    #expect(try readFile(ByteString(path), limit: 3).bytes == [1, 2, 3])
    #expect(throws: SystemError(subject: path, code: EFBIG)) {
      try readFile(ByteString(path), limit: 2)
    }
  }

  @Test func pipeIsRefusedWithoutWaitingForAWriter() throws {
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: SystemError(subject: path, code: EINVAL)) { try readFile(ByteString(path)) }
  }

  @Test func missingFileIsNamedInTheError() {
    #expect("\(SystemError(subject: path, code: ENOENT))" == "\(path): No such file or directory")
    #expect(throws: SystemError(subject: path, code: ENOENT)) { try readFile(ByteString(path)) }
  }

  @Test func directoriesAboveAreMade() throws {
    try makeDirectory(directory.path + "/a/b/", mode: 0o700)
    var status = stat()
    #expect(stat(directory.path + "/a/b", &status) == 0 && status.st_mode & 0o777 == 0o700)
    try makeDirectory(directory.path + "/a/b", mode: 0o700)
    #expect(throws: SystemError.self) { try makeDirectory("/proc/none/x", mode: 0o700) }
  }
}
