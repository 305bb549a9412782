import FuzzTargets
import Glibc
import Testing

/// What the fuzzers have found, again: inputs that reach far, and those that once failed.
@Suite struct ReplayTests {
  @Test(arguments: FuzzTarget.all.map(\.name))
  func holds(target name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let corpus = try inputs(in: "\(name)/corpus")
    #expect(!corpus.isEmpty)
    for (path, input) in try corpus + inputs(in: "\(name)/failures") {
      #expect(throws: Never.self, "\(path)") { try target.check(input) }
    }
  }

  /// All files of a folder beside this one's; none if it is not there.
  private func inputs(in folder: String) throws -> [(path: String, bytes: [UInt8])] {
    let path =
      #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
      + "/FuzzInputs/" + folder
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return try names.sorted().map { ("\(path)/\($0)", try contents("\(path)/\($0)")) }
  }

  private func contents(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"), "\(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }
}
