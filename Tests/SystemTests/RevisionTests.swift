import Glibc
import TestSupport
import Testing

/// Revisions are fencing tokens: no start of the server may give one twice.
@Suite struct RevisionTests {
  @Test(arguments: [SIGTERM, SIGKILL])
  func revisionsGrowAcrossRestarts(signal: CInt) async throws {
    let directory = try TemporaryDirectory()
    let state = ["--state-dir", directory.path]
    var highest = 0
    for _ in 0..<3 {
      let server = try await Octopusd(state)
      let outcome = try await server.redisCLI(
        "--csv", input: String(repeating: "UPDATE a '{}' REV\nSET a REV\nDEL a REV\n", count: 20))
      let revisions = outcome.lines.compactMap { line in
        line.split(separator: ",").last.flatMap { Int($0) }
      }
      #expect(revisions.count == 40, "\(outcome)")
      #expect(revisions.first! > highest)
      #expect(revisions == revisions.sorted() && Set(revisions).count == revisions.count)
      highest = revisions.last!
      server.running.process.kill(signal)
      _ = await server.running.process.wait()
    }
  }

  @Test func damagedMarkPreventsTheStart() async throws {
    let directory = try TemporaryDirectory()
    let file = fopen(directory.path + "/revision", "w")
    fputs("12x\n", file)
    fclose(file)
    let outcome = try await run(
      productsDirectory + "/octopusd",
      ["--socket", directory.path + "/octopus.sock", "--state-dir", directory.path])
    #expect(outcome.status == .init(code: 1))
    #expect(outcome.errors.contains("\(directory.path)/revision does not hold a revision"))
  }
}
