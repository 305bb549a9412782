import Dispatch
import Foundation
import Testing

/// A little of `make soak`: a fixed number of steps on a real server, with processes that are
/// killed.
@Suite struct SoakTests {
  @Test(arguments: [1, 3]) func threeRoundsFindNoViolation(loops: Int) async throws {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let programs = URL(filePath: program).deletingLastPathComponent().path
    let soak = Process()
    soak.executableURL = URL(filePath: programs + "/octopus-soak")
    soak.arguments = [
      programs + "/octopusd", "--rounds", "3", "--steps", "150", "--loops", "\(loops)",
    ]
    let output = Pipe()
    soak.standardOutput = output
    soak.standardError = output
    try soak.run()
    // While it runs: a full pipe would stop it.
    let text = await withCheckedContinuation { continuation in
      DispatchQueue(label: "soak.output").async {
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        soak.waitUntilExit()
        continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
      }
    }
    #expect(soak.terminationStatus == 0, "\(text)")
    #expect(text.contains("3 rounds: "))
    print(text)
  }
}
