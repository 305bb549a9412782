import Foundation
import TestSupport

/// Options of octopusd that a soak varies.
package struct ServerOptions: Sendable, CustomStringConvertible {
  package var loops: Int
  package var fsync = "second"
  package var journalSlack = 4 << 20
  package var revisionStride = 1_000_000

  package init(loops: Int) { self.loops = loops }

  fileprivate var arguments: [String] {
    [
      "--loops", "\(loops)", "--fsync", fsync, "--journal-slack", "\(journalSlack)",
      "--revision-stride", "\(revisionStride)",
    ]
  }

  package var description: String { arguments.joined(separator: " ") }
}

/// A process of octopusd.
package final class RunningServer {
  package let socket: String
  private let process = Process()
  private let log = Notebook()
  /// Its own, if it has one.
  private let directory: TemporaryDirectory?

  /// Starts it on a socket and a state directory of its own.
  package convenience init(_ program: String, _ options: ServerOptions) throws {
    let directory = try TemporaryDirectory()
    try self.init(
      program, options, socket: directory.path + "/o.sock", state: directory.path, directory)
    try waitUntilItListens()
  }

  /// Starts it, and does not wait.
  init(
    _ program: String, _ options: ServerOptions, socket: String, state: String,
    _ directory: TemporaryDirectory? = nil
  ) throws {
    self.directory = directory
    self.socket = socket
    process.executableURL = URL(filePath: program)
    process.arguments = ["--socket", socket, "--state-dir", state] + options.arguments
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    log.takeAll(of: errors)
  }

  /// The log says when the server accepts connections.
  func waitUntilItListens() throws {
    guard log.wait(for: "listening") else {
      throw SoakFailure("octopusd has ended: \(String(decoding: log.bytes, as: UTF8.self))")
    }
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
  }

  /// Kills it, and returns its log.
  func kill() throws -> String {
    guard process.isRunning else {
      log.waitForEnd()
      throw SoakFailure("octopusd has ended: \(String(decoding: log.bytes, as: UTF8.self))")
    }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    log.waitForEnd()
    return String(decoding: log.bytes, as: UTF8.self)
  }

  /// A figure of INFO.
  package func figure(_ name: String, _ client: Client) throws -> Int {
    let lines = client.ask("INFO")?.text?.split(whereSeparator: \.isNewline) ?? []
    guard let line = lines.first(where: { $0.hasPrefix(name + ":") }),
      let value = Int(line.dropFirst(name.count + 1))
    else { throw SoakFailure("INFO has no number \(name)") }
    return value
  }

  func wait(for name: String, _ client: Client, _ isReached: (Int) -> Bool) throws {
    // The server announces no change of it; each question waits for a reply, and lets the server
    // work.
    while !isReached(try figure(name, client)) {}
  }
}
