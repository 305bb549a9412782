import Logging
import OctopusEngine
import OctopusJournal
import OctopusSystem
import TestSupport

@testable import OctopusServer

/// A high-water mark in memory, on a disk that works, fails or hangs as the test says.
final class FakeStorage: HighWaterMarkStorage {
  enum Mode { case works, fails, hangs }

  private let state = Mutex((mark: Revision(0), mode: Mode.works, attempts: 0))
  /// Woken when the mode changes.
  private let changed: Waker
  /// Woken when the mark is read.
  private let wasRead: Waker

  init(mark: Revision = 0) throws {
    changed = try Waker()
    wasRead = try Waker()
    state.withLock { $0.mark = mark }
  }

  let path = "fake"
  var mark: Revision { state.withLock { $0.mark } }
  var attempts: Int { state.withLock { $0.attempts } }

  func become(_ mode: Mode) {
    state.withLock { $0.mode = mode }
    changed.wake()
  }

  /// Waits until a server reads the mark.
  func waitUntilRead() { _ = wasRead.wait() }

  func read() throws(StorageError) -> Revision {
    wasRead.wake()
    try passOn()
    return mark
  }

  func write(_ mark: Revision) throws(StorageError) {
    state.withLock { $0.attempts += 1 }
    try passOn()
    state.withLock { $0.mark = mark }
  }

  private func passOn() throws(StorageError) {
    while state.withLock({ $0.mode == .hangs }) { _ = changed.wait() }
    if state.withLock({ $0.mode == .fails }) {
      throw .system(SystemError("write \(path)", code: 28))
    }
  }
}

/// What a server logs, line by line.
final class LogCollector: Sendable {
  private let lines = Awaitable<[String]>([])

  var all: [String] { lines.value }

  /// Blocks until a line contains a text.
  func wait(for text: String) {
    lines.block { lines in lines.contains { $0.contains(text) } }
  }

  func count(_ text: String) -> Int { all.count { $0.contains(text) } }

  var logger: Logger { Logger(label: "test") { _ in Handler(collector: self) } }

  private struct Handler: LogHandler {
    let collector: LogCollector
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let facts = (event.metadata ?? [:]).map { " \($0)=\($1)" }.sorted().joined()
      collector.lines.change { $0.append("\(event.level) \(event.message)\(facts)") }
    }
  }
}

/// A mark that is always written.
final class MemoryMark: HighWaterMarkStorage {
  private let mark = Mutex<Revision>(0)
  let path = "/simulated/revision"

  func read() throws(StorageError) -> Revision { mark.withLock { $0 } }
  func write(_ mark: Revision) throws(StorageError) { self.mark.withLock { $0 = mark } }
}
