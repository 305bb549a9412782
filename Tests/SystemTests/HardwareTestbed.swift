import Glibc
import TestSupport

/// Hardware that is not there, under umockdev. Programs that are started with its `environment` see
/// it and no other.
final class HardwareTestbed: Sendable {
  let environment: [String: String]
  private let running: RunningProgram
  /// What umockdev makes lies here, and goes with this.
  private let directory: TemporaryDirectory

  static let board = sourceDirectory + "/Hardware/board.umockdev"

  /// A testbed with the devices of these recordings.
  init(_ recordings: String...) async throws {
    directory = try TemporaryDirectory()
    // Debian's own Python has the module.
    running = try RunningProgram(
      "umockdev-wrapper", ["/usr/bin/python3", sourceDirectory + "/Hardware/testbed.py"],
      environment: ["TMPDIR": directory.path])
    var environment: [String: String] = [:]
    while let line = try await running.output.readLine(), !line.isEmpty {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
    }
    self.environment = environment
    guard !environment.isEmpty else {
      throw Failure("umockdev does not run: \(await running.outcome().errors)")
    }
    for recording in recordings { try await tell("add \(recording)") }
  }

  /// Says one of the lines that `testbed.py` knows; returns when it is done.
  func tell(_ line: String) async throws {
    running.input.write(line + "\n")
    let answer = try await running.output.readLine()
    guard answer == "ok" else {
      throw Failure("\(line): \(answer ?? "the testbed has ended")")
    }
  }

  /// A bus driver that sees it.
  func driver(_ arguments: String..., for server: Octopusd) throws -> RunningProgram {
    try start(productsDirectory + "/octopus-hw", arguments, for: server)
  }

  /// A program that sees it.
  func start(
    _ program: String, _ arguments: [String], for server: Octopusd,
    environment more: [String: String] = [:]
  ) throws -> RunningProgram {
    try RunningProgram(
      "bash", [sourceDirectory + "/Scripts/apart.sh", program] + arguments,
      environment: server.environment.merging(environment) { $1 }.merging(more) { $1 })
  }
}
