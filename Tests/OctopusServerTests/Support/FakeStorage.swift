import Logging
import OctopusEngine
import OctopusSystem

@testable import OctopusServer

/// A mark that is kept in memory, by a disk that works, fails or hangs as the test says.
final class FakeStorage: HighWaterMarkStorage {
  enum Mode { case works, fails, hangs }

  private let state = Mutex((mark: Revision(0), mode: Mode.works, attempts: 0))
  /// Rung when a disk that hangs goes on.
  private let bell: Waker

  init(mark: Revision = 0) throws {
    bell = try Waker()
    state.withLock { $0.mark = mark }
  }

  let path = "fake"
  var mark: Revision { state.withLock { $0.mark } }
  var attempts: Int { state.withLock { $0.attempts } }

  func become(_ mode: Mode) {
    state.withLock { $0.mode = mode }
    bell.wake()
  }

  func read() throws(StorageError) -> Revision {
    try passOn()
    return mark
  }

  func write(_ mark: Revision) throws(StorageError) {
    state.withLock { $0.attempts += 1 }
    try passOn()
    state.withLock { $0.mark = mark }
  }

  private func passOn() throws(StorageError) {
    while state.withLock({ $0.mode == .hangs }) { _ = bell.wait(milliseconds: -1) }
    if state.withLock({ $0.mode == .fails }) {
      throw .system(SystemError("write \(path)", code: 28))
    }
  }
}

/// What a server logs, line by line.
final class LogCollector: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

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
      collector.lines.withLock { $0.append("\(event.level) \(event.message)\(facts)") }
    }
  }
}
