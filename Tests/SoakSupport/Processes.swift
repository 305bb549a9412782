import Foundation
import RESP
import TestSupport

/// A journal that one thread appends to and others read.
// Safe to share: its content is touched under the condition's lock alone.
final class Notebook: @unchecked Sendable {
  private let condition = NSCondition()
  private var content: [UInt8] = []
  /// Whether the worker has sent its last request, the wait for all others. Events may follow it.
  private var isWaitingForOthers = false
  private var isClosed = false

  func append(_ more: [UInt8]) {
    condition.withLock {
      content += more
      let last = content.suffix(more.count + Self.lastRequest.count - 1)
      if last.contains(Self.lastRequest) { isWaitingForOthers = true }
      condition.broadcast()
    }
  }

  /// The end of `WAITFOR finish`.
  private static let lastRequest = Array("finish\r\n".utf8)

  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  var bytes: [UInt8] { condition.withLock { content } }

  /// Waits until there are `count` bytes, or the worker waits for the others.
  func wait(forBytes count: Int) {
    condition.withLock {
      while content.count < count, !isClosed, !isWaitingForOthers { condition.wait() }
    }
  }

  /// Waits until it is closed.
  func waitForEnd() { condition.withLock { while !isClosed { condition.wait() } } }
}

/// A client that observes every record, on a thread of its own, until a record `end` is set.
final class Observer: Sendable {
  private let notebook = Notebook()

  /// Returns once it observes.
  init(of socket: String) {
    let hasBegun = DispatchSemaphore(value: 0)
    Thread { [notebook] in
      if let client = try? Client(socket, name: "observer", journal: notebook.append) {
        _ = client.ask("OBSERVE", "_")
        hasBegun.signal()
        while let value = client.next(), !value.isEnd {}
      } else {
        hasBegun.signal()
      }
      notebook.close()
    }.start()
    hasBegun.wait()
  }

  /// The whole journal; waits for its end.
  func journal() -> [UInt8] {
    notebook.waitForEnd()
    return notebook.bytes
  }
}

/// A running worker process.
final class WorkerProcess: @unchecked Sendable {
  let name: String
  let notebook = Notebook()
  // Safe to share: Foundation's object is asked from several threads, which it allows.
  private let process = Process()

  init(_ program: String, name: String, socket: String, seed: UInt64, steps: Int) throws {
    self.name = name
    process.executableURL = URL(filePath: program)
    process.arguments = ["worker", socket, name, "\(seed)", "\(steps)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    Thread { [notebook] in
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { break }
        notebook.append(Array(buffer[..<count]))
      }
      withExtendedLifetime(pipe) { notebook.close() }
    }.start()
  }

  deinit { _ = kill() }

  /// Kills the process; false if it had ended already.
  func kill() -> Bool {
    guard process.isRunning else { return false }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    notebook.waitForEnd()
    return true
  }

  /// Waits for the end of the process; whether it succeeded.
  func finished() -> Bool {
    notebook.waitForEnd()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// octopusd, on a socket in a directory of its own.
package final class RunningServer {
  package let socket: String
  private let directory: TemporaryDirectory
  private let process = Process()

  package init(_ program: String, loops: Int) throws {
    directory = try TemporaryDirectory()
    socket = directory.path + "/o.sock"
    process.executableURL = URL(filePath: program)
    process.arguments = ["--socket", socket, "--state-dir", directory.path, "--loops", "\(loops)"]
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    // The log says when the server accepts connections.
    var log = Data()
    while !log.contains("listening".utf8) {
      let more = errors.fileHandleForReading.availableData
      guard !more.isEmpty else { throw SoakFailure("octopusd has ended") }
      log += more
    }
    errors.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
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

extension Data {
  fileprivate func contains(_ text: String.UTF8View) -> Bool { range(of: Data(text)) != nil }
}

extension RESPValue {
  /// The event of the last record of a round.
  var isEnd: Bool {
    guard case .push(let parts) = self, parts.count == 6 else { return false }
    return parts[4].text?.hasPrefix("end {") == true
  }
}
