import FuzzTargets
import OctopusSystem
import Testing

/// Replays the fuzzers' stored inputs: the corpus, and inputs that once failed.
@Suite struct ReplayTests {
  @Test(arguments: FuzzTarget.all.map(\.name))
  func storedInputsViolateNothing(target name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let corpus = try inputs(in: "\(name)/corpus")
    #expect(!corpus.isEmpty)
    for (path, input) in try corpus + inputs(in: "\(name)/failures") {
      #expect(throws: Never.self, "\(path)") { try target.check(input) }
    }
  }

  /// The files of a directory of Tests/FuzzInputs; none if it does not exist.
  private func inputs(in folder: String) throws -> [(path: String, bytes: [UInt8])] {
    let path =
      #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
      + "/FuzzInputs/" + folder
    let names = ((try? directoryEntries(path)) ?? []).map(\.text).filter { !$0.hasPrefix(".") }
    return try names.sorted().map { name in
      ("\(path)/\(name)", try readFile(ByteString("\(path)/\(name)")).bytes)
    }
  }
}
