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
  var count: Int { condition.withLock { content.count } }

  /// Waits until there are `count` bytes, or the worker waits for the others.
  func wait(forBytes count: Int) {
    condition.withLock {
      while content.count < count, !isClosed, !isWaitingForOthers { condition.wait() }
    }
  }

  /// Waits until a word is in it; false if it is closed without it.
  func wait(for word: String) -> Bool {
    condition.withLock {
      while !content.contains(Array(word.utf8)) {
        if isClosed { return false }
        condition.wait()
      }
      return true
    }
  }

  /// Waits until it is closed.
  func waitForEnd() { condition.withLock { while !isClosed { condition.wait() } } }
}

extension Notebook {
  /// Has a thread append all that comes out of a pipe.
  func takeAll(of pipe: Pipe) {
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    Thread { [self] in
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { break }
        append(Array(buffer[..<count]))
      }
      withExtendedLifetime(pipe) { close() }
    }.start()
  }
}

/// A client that observes every record, on a thread of its own, until a record `end` is set.
final class Observer: Sendable {
  let notebook = Notebook()

  /// Returns once it observes.
  ///
  /// - Parameter lookUp: called now and then between changes.
  init(of socket: String, lookUp: @escaping @Sendable () -> Void = {}) {
    let hasBegun = DispatchSemaphore(value: 0)
    Thread { [notebook] in
      if let client = try? Client(socket, name: "observer", journal: notebook.append) {
        _ = client.ask("OBSERVE", "_")
        // What an earlier life has left has its revisions still.
        for name in client.ask("NAMES", "_")?.elements ?? [] {
          _ = client.ask("GET", name.text ?? "", "REV")
        }
        hasBegun.signal()
        var count = 0
        while let value = client.next(), !value.isEnd {
          count += 1
          if count.isMultiple(of: 4) { lookUp() }
        }
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
  private let input = Pipe()

  /// - Parameter follows: whether it goes on when the server is gone; else it fails.
  init(
    _ program: String, name: String, socket: String, seed: UInt64, steps: Int,
    follows: Bool = false
  ) throws {
    self.name = name
    process.executableURL = URL(filePath: program)
    process.arguments = ["worker", socket, name, "\(seed)", "\(steps)"]
    let pipe = Pipe()
    process.standardInput = input
    if !follows { try input.fileHandleForWriting.close() }
    process.standardOutput = pipe
    try process.run()
    notebook.takeAll(of: pipe)
  }

  /// Tells the worker where the server is that has taken the place of one that was killed, and how
  /// many steps to take there.
  func goOn(at socket: String, steps: Int) {
    // The worker may have ended.
    try? input.fileHandleForWriting.write(contentsOf: Data("\(socket) \(steps)\n".utf8))
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
    // There will be no other server.
    try? input.fileHandleForWriting.close()
    notebook.waitForEnd()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

extension RESPValue {
  /// The event of the last record of a round.
  var isEnd: Bool {
    guard case .push(let parts) = self, parts.count == 6 else { return false }
    return parts[4].text?.hasPrefix("end {") == true
  }
}
