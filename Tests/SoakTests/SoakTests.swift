import Dispatch
import Foundation
import Testing

/// A little of `make soak`: a fixed number of steps on a real server, with processes that are
/// killed, and some kills of the server.
@Suite struct SoakTests {
  @Test(arguments: [1, 3]) func threeRoundsFindNoViolation(loops: Int) async throws {
    let text = try await soak(["--rounds", "3", "--steps", "150", "--loops", "\(loops)"])
    #expect(text.contains("3 rounds: "))
  }

  @Test func killsOfABusyServerFindNoViolation() async throws {
    let text = try await soak(["--kills", "12", "--bytes", "20000"])
    #expect(text.contains("12 kills of a busy server"))
  }

  /// What it prints; it must succeed.
  private func soak(_ arguments: [String]) async throws -> String {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let programs = URL(filePath: program).deletingLastPathComponent().path
    let soak = Process()
    soak.executableURL = URL(filePath: programs + "/octopus-soak")
    soak.arguments = [programs + "/octopusd"] + arguments
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
    print(text)
    return text
  }
}
