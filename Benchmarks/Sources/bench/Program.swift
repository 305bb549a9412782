import Foundation

/// Other programs: run to their end for what they print, or left running as servers.
enum Program {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// What a program prints, if it succeeds.
  static func output(_ program: String, _ arguments: [String]) throws -> String {
    let (process, pipe) = make(program, arguments)
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(description: "\(program) \(arguments) ended with \(process.terminationStatus)")
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static func make(_ program: String, _ arguments: [String]) -> (Process, Pipe) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    return (process, pipe)
  }
}

extension Program {
  /// A program left running, pinned to a core. It ends when this process does, however that ends. The
  /// process is the program's own: what sets it up turns into it.
  static func start(_ program: String, _ arguments: [String], core: Int) throws -> Process {
    let words = ["--pdeathsig", "TERM", "taskset", "--cpu-list", "\(core)", program]
    let (process, _) = make("setpriv", words + arguments)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
