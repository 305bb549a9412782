import DequeModule
import OctopusSystem

// Reading on two threads: one reads and parses, the other takes over.

extension JournalReader {
  /// As `read`; another thread reads and parses items while the caller takes those before.
  package func readAhead(_ take: (JournalItem) -> Void) throws(StorageError) -> Summary? {
    let batches: Batches
    do throws(SystemError) {
      batches = try Batches()
      try Thread("read") { [self] in batches.fill(from: self) }.detach()
    } catch { throw .system(error) }
    while let batch = batches.next() {
      for item in batch { take(item) }
    }
    return try batches.result.get()
  }
}

/// Items on their way from the thread that reads them, a bounded number.
private final class Batches: Sendable {
  private struct State {
    var waiting: Deque<[JournalItem]> = []
    /// When all was read.
    var result: Result<JournalReader.Summary?, StorageError>?
  }

  private static let batchItems = 512
  private static let batchBytes = 1 << 20
  private static let mostBatches = 32

  private let state = Mutex(State())
  /// There is a batch, or the result.
  private let filled: Waker
  /// There is room for a batch.
  private let emptied: Waker

  init() throws(SystemError) {
    filled = try Waker()
    emptied = try Waker()
  }

  /// For the thread that reads.
  func fill(from reader: JournalReader) {
    var batch: [JournalItem] = []
    var bytes = 0
    let result: Result<JournalReader.Summary?, StorageError>
    do throws(StorageError) {
      let summary = try reader.read { item in
        batch.append(item)
        if case .set(let stored) = item { bytes += stored.record.textCount }
        guard batch.count == Self.batchItems || bytes > Self.batchBytes else { return }
        put(batch)
        (batch, bytes) = ([], 0)
      }
      result = .success(summary)
    } catch { result = .failure(error) }
    put(batch)
    state.withLock { $0.result = result }
    filled.wake()
  }

  private func put(_ batch: [JournalItem]) {
    while !tryToPut(batch) { _ = emptied.wait() }
    filled.wake()
  }

  private func tryToPut(_ batch: [JournalItem]) -> Bool {
    state.withLock { state in
      guard state.waiting.count < Self.mostBatches else { return false }
      state.waiting.append(batch)
      return true
    }
  }

  /// For the thread that takes: the next batch, once there is one; nil when all was read.
  func next() -> [JournalItem]? {
    while true {
      let (batch, isDone) = state.withLock { ($0.waiting.popFirst(), $0.result != nil) }
      if let batch {
        emptied.wake()
        return batch
      }
      if isDone { return nil }
      _ = filled.wait()
    }
  }

  /// When `next` has answered nil.
  var result: Result<JournalReader.Summary?, StorageError> {
    state.withLock { $0.result ?? .success(nil) }
  }
}
