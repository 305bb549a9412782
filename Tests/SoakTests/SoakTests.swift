import Foundation
import Testing

/// A little of `make soak`: a fixed number of steps on a real server, with processes that are killed.
@Suite struct SoakTests {
  @Test(arguments: [1, 3]) func aLittleOfIt(loops: Int) async throws {
    let folder = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let programs = URL(filePath: folder).deletingLastPathComponent().path
    let soak = Process()
    soak.executableURL = URL(filePath: programs + "/octopus-soak")
    soak.arguments = [
      programs + "/octopusd", "--rounds", "3", "--steps", "150", "--loops", "\(loops)",
    ]
    let output = Pipe()
    soak.standardOutput = output
    soak.standardError = output
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
      soak.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try soak.run() } catch { continuation.resume(throwing: error) }
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(status == 0, "\(text)")
    #expect(text.contains("3 rounds: "))
    print(text)
  }
}
