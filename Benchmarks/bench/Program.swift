import Foundation

/// Another program and its arguments: run to its end for its output, or started as a server.
struct Program {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  private var words: [String]

  init(_ name: String, _ arguments: [String] = []) { words = [name] + arguments }

  /// The same program pinned to a core.
  func pinned(to core: Int) -> Program { launched(by: ["taskset", "--cpu-list", "\(core)"]) }

  /// The same program with the highest priority, if that is permitted, of those that leave time for
  /// others. The kernel stops a real-time program for 50 ms of a second in which others want to
  /// run.
  func preferred() -> Program { launched(by: ["nice", "--adjustment", "-20"]) }

  /// The program ends when this process does. Its process is still its own: those that launch it
  /// exec it.
  private func launched(by launcher: [String]) -> Program {
    Program("setpriv", ["--pdeathsig", "TERM"] + launcher + words)
  }

  /// Runs it to its end; returns its output.
  func output() throws -> String {
    let process = try process()
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(description: "\(words) ended with \(process.terminationStatus)")
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// Starts it, and discards its output.
  func start() throws -> Process {
    let process = try process()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func process() throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.path(of: words[0]))
    process.arguments = Array(words.dropFirst())
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// The path of a program, as a shell finds it.
  static func path(of name: String) throws -> String {
    if name.contains("/") { return name }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let paths = folders.map { "\($0)/\(name)" }
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
      throw Failed(description: "there is no \(name) in PATH")
    }
    return path
  }
}
