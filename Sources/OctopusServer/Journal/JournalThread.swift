import Glibc
import OctopusEngine
import OctopusJournal
import OctopusSystem

// The journal's thread: it syncs, keeps space for what comes, and states bases, so that the files
// before them can go.

extension Journal {
  /// What the thread has the event loops do.
  struct Loops: Sendable {
    /// One reads its mailbox.
    let wake: @Sendable (Int) -> Void
    /// All send what was held back.
    let sendHeld: @Sendable () -> Void
  }

  /// The thread's own: the file that is prepared for the next base, and times.
  struct Work: Sendable {
    var next: (file: any DiskFile, reserved: Int)?
    /// When to try again after a failure, in microseconds.
    fileprivate var retryAt: Int64 = 0
    /// When to look for space again.
    var spaceRetryAt: Int64 = 0
    fileprivate var pause: Int64
    private let firstPause: Int64
    let spacePause: Int64
    private static let longestPause: Int64 = 10_000_000

    /// Pauses are in microseconds.
    ///
    /// - Parameters:
    ///   - firstPause: before it tries again for the first time.
    ///   - spacePause: before it looks for space on a full disk again.
    init(firstPause: Int64 = 100_000, spacePause: Int64 = 1_000_000) {
      self.firstPause = firstPause
      self.spacePause = spacePause
      pause = firstPause
    }

    fileprivate mutating func hasFailed(now: Int64) {
      next = nil
      retryAt = now + pause
      pause = min(pause * 2, Self.longestPause)
    }

    fileprivate mutating func hasSucceeded() { pause = firstPause }
  }

  func run(_ loops: Loops, _ work: consuming Work) {
    var timeout: CInt = 0
    while true {
      _ = waker.wait(milliseconds: timeout)
      willLook()
      if isStopping.load(ordering: .sequentiallyConsistent) { break }
      carryOn(&work, loops)
      timeout = timeoutMilliseconds(work)
    }
    close(loops)
    ended.wake()
  }

  /// Does what is due.
  func carryOn(_ work: inout Work, _ loops: Loops) {
    logFailure()
    // Fresh files that failed never count, and what follows needs their space.
    for name in state.withLock({ $0.writer.takeLeftovers() }) { try? disk.remove(name) }
    syncIfDue(loops)
    keepSpace(&work)
    logFailure()
    readBackups()
    closeBackups()
    stateBaseIfDue(&work, loops)
  }

  /// Until something is due without being asked for; -1: nothing is.
  private func timeoutMilliseconds(_ work: Work) -> CInt {
    let now = SystemClock.monotonicMicroseconds()
    return state.withLock { state in
      var due = Int64.max
      if let since = state.dirtySince { due = since + syncMicroseconds }
      if state.writer.hasFailed { due = min(due, work.retryAt) }
      if state.isFull { due = min(due, work.spaceRetryAt) }
      guard due < .max else { return -1 }
      return CInt(clamping: max(0, due - now + 999) / 1_000)
    }
  }

  private var syncMicroseconds: Int64 {
    switch policy {
    case .always: 0
    case .second: 1_000_000
    case .never: 30_000_000
    }
  }
}

// Failures.
extension Journal {
  private func logFailure() {
    guard let error = state.withLock({ $0.unloggedFailure.take() }) else { return }
    logger.error(
      "the journal cannot be written: changes are refused (READONLY) until a fresh file has all",
      metadata: ["error": "\(error)"])
  }
}

// Syncing.
extension Journal {
  private func syncIfDue(_ loops: Loops) {
    let isRequested = isSyncRequested.exchange(false, ordering: .sequentiallyConsistent)
    let now = SystemClock.monotonicMicroseconds()
    let isDue = state.withLock { state in
      isRequested || state.writer.unsyncedBytes > Self.syncBytes
        || state.dirtySince.map { now - $0 >= syncMicroseconds } ?? false
    }
    guard isDue else { return }
    do throws(StorageError) { try sync(loops) } catch { state.withLock { fail(error, &$0) } }
  }

  /// Syncs what was written until now.
  private func sync(_ loops: Loops) throws(StorageError) {
    let point = state.withLock { state in
      engine.takeEntries(into: &state)
      write(&state)
      state.dirtySince = nil
      return state.writer.syncPoint
    }
    try point?.run()
    try state.withLock { (state) throws(StorageError) in
      if let point { state.writer.didSync(point) }
      if policy != .always, !state.writer.needsSync { try state.writer.saySynced() }
      if state.writer.needsSync, state.dirtySince == nil {
        state.dirtySince = SystemClock.monotonicMicroseconds()
      }
    }
    didSync(loops)
  }

  /// Lets all that waited for the disk go on.
  private func didSync(_ loops: Loops) {
    let durable = state.withLock { state in
      if state.isLate, !state.writer.hasFailed {
        state.isLate = false
        engine.setHolding(.nothing)
      }
      return state.writer.durable
    }
    guard durable > progress.durable.load(ordering: .relaxed) else { return }
    progress.durable.store(durable, ordering: .sequentiallyConsistent)
    for loop in engine.noteDurable(durable) { loops.wake(loop) }
    if progress.holdsOutput.exchange(false, ordering: .sequentiallyConsistent) { loops.sendHeld() }
  }

  private func close(_ loops: Loops) {
    do throws(StorageError) {
      try sync(loops)
      let last = try state.withLock { (state) throws(StorageError) in
        try state.writer.saySynced()
        return state.writer.lastSyncPoint
      }
      try last?.run()
    } catch {
      logger.error("the journal was not closed in order", metadata: ["error": "\(error)"])
    }
  }
}

// Bases.
extension Journal {
  /// Whether files should give way to a base: they take half as much again as the base would.
  func isBaseDue(_ state: borrowing State) -> Bool {
    let base = Self.baseBytes(state)
    let (bytes, files) = (state.writer.byteCount, state.writer.fileCount)
    guard !state.isFull else {
      let isLow = state.writer.spaceLeft < Self.lowSpace && bytes > base + Self.lowSpace
      return isLow || bytes > base + base / 4 + Self.smallBase / 2
    }
    return bytes > base + base / 2 + slack || files > Self.mostFiles
  }

  private static let mostFiles = 16

  private func stateBaseIfDue(_ work: inout Work, _ loops: Loops) {
    let clients = takeBegunBackups()
    let (isDue, isFull) = state.withLock { state in
      (state.writer.hasFailed || isBaseDue(state), state.isFull)
    }
    guard isDue || !clients.isEmpty else { return }
    var base = isDue ? nil : unchangedBase()
    // On a full disk a base that is not due frees too little for the next one.
    if base == nil, isDue || !isFull, SystemClock.monotonicMicroseconds() >= work.retryAt {
      base = makeBase(&work, loops)
      if base == nil { work.hasFailed(now: SystemClock.monotonicMicroseconds()) }
    }
    open(base, for: clients)
  }

  /// The base of the current file, if nothing has changed since.
  private func unchangedBase() -> JournalWriter.Base? {
    state.withLock { state in
      engine.takeEntries(into: &state)
      write(&state)
      return state.steps == state.baseSteps && !state.writer.hasFailed ? state.writer.base : nil
    }
  }

  /// Nil: it has failed, or the server stops.
  private func makeBase(_ work: inout Work, _ loops: Loops) -> JournalWriter.Base? {
    do throws(StorageError) {
      try beginFile(&work)
    } catch {
      logger.warning("no new file of the journal", metadata: ["error": "\(error)"])
      return nil
    }
    do throws(StorageError) {
      try disk.sync()
      guard try stateBase(loops), try completeBase() else { return nil }
      work.hasSucceeded()
      didRecover(loops)
      closeBackups()
      // The space of the files that are gone is for the next base, before another takes it.
      work.spaceRetryAt = 0
      keepSpace(&work)
      return state.withLock { $0.writer.base }
    } catch {
      state.withLock { fail(error, &$0) }
      return nil
    }
  }

  /// Has further changes written to another file.
  private func beginFile(_ work: inout Work) throws(StorageError) {
    if work.next == nil {
      let base = state.withLock { Self.baseBytes($0) }
      try prepareNext(&work, bytes: Self.leastBytes(base))
    }
    guard let next = work.next else { return }
    try state.withLock { (state) throws(StorageError) in
      let revision = engine.takeEntries(into: &state, beyond: state.writer.lastFirst)
      write(&state)
      work.next = nil
      do throws(StorageError) {
        try state.writer.begin(next.file, reserved: next.reserved, after: revision)
      } catch {
        // The file before cannot go on: revisions may have been passed over.
        fail(error, &state)
        throw error
      }
    }
  }

  /// States all records and counters, piece by piece, and waits until the disk has them. False if
  /// the server stops meanwhile.
  private func stateBase(_ loops: Loops) throws(StorageError) -> Bool {
    let start = SystemClock.monotonicMicroseconds()
    var cursor = EngineHost.BaseCursor()
    var isDone = false
    while !isDone {
      if isStopping.load(ordering: .sequentiallyConsistent) { return false }
      if state.withLock({ $0.writer.hasNoFile }) { return false }
      isDone = try state.withLock { (state) throws(StorageError) in
        let piece = engine.takeEntries(into: &state, nextOf: &cursor)
        write(&state)
        switch piece {
        case .records(let records): try state.writer.writeBase(records: records)
        case .counters(let counters): try state.writer.writeBase(counters: counters)
        case .end(let records, let firstNumber):
          try state.writer.endBase(records: records, firstNumber: firstNumber)
          state.baseSteps = state.steps
          return true
        }
        return false
      }
      syncIfDue(loops)
      readBackups()
      // An event loop that waits for this processor comes first.
      sched_yield()
    }
    try sync(loops)
    let milliseconds = (SystemClock.monotonicMicroseconds() - start) / 1_000
    logger.info("the journal has a new base", metadata: ["milliseconds": "\(milliseconds)"])
    return true
  }

  /// The base is on the disk: the files before it go. False if the journal failed meanwhile.
  private func completeBase() throws(StorageError) -> Bool {
    guard let (name, complete) = state.withLock({ $0.writer.completion }) else { return false }
    if name != complete {
      try disk.rename(name, to: complete)
      try disk.sync()
    }
    let first = state.withLock { $0.writer.didComplete() }
    for name in try disk.list() {
      if let file = FileName(name), file.first < first { try? disk.remove(name) }
    }
    try disk.sync()
    return true
  }

  /// If a fresh file has taken the place of one that failed, changes are accepted again.
  private func didRecover(_ loops: Loops) {
    let hasRecovered = state.withLock { state in
      guard !state.writer.hasFailed, state.failure != nil else { return false }
      state.failure = nil
      state.isLate = false
      engine.journalRecovered(
        policy == .always ? .everything : .nothing, isFull: state.isFull)
      return true
    }
    guard hasRecovered else { return }
    didSync(loops)
    logger.notice("the journal is written again, to a fresh file with all records")
  }
}
