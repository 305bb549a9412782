import Logging
import OctopusEngine
import OctopusJournal
import OctopusSystem

import struct Synchronization.Atomic

/// Writes the engine's changes to the journal: a loop writes all that have been made before it
/// sends anything, and a thread of the journal's own does what waits for the disk.
///
/// Locks are taken in this order: the journal's, the engine's.
final class Journal: Sendable {
  struct State: ~Copyable {
    var writer: JournalWriter
    var entries = EntryBuffer()
    /// How many steps are written with these entries.
    var steps = 0
    /// When something was written that is not on the disk, in microseconds; nil: all is.
    var dirtySince: Int64?
    /// Why the latest write, or sync, failed.
    var failure: StorageError?
    /// The same, until it is in the log.
    var unloggedFailure: StorageError?
    /// Whether the disk had no space to set aside.
    var isFull = false
    /// Whether effects are held because the disk is late.
    var isLate = false
    /// About how many bytes a base takes.
    var baseBytes = 0
    /// How many steps were written when the base of the current file was complete.
    var baseSteps = 0
  }

  let engine: EngineHost
  let progress: JournalProgress
  let policy: SyncPolicy
  /// By how many bytes the files may exceed half as much again as a base takes.
  let slack: Int
  let disk: any Disk
  let logger: Logger
  let store: StoreID
  /// Bytes that the start has cut off the end.
  let cutBytes: Int
  let state: Mutex<State>
  /// Wakes the thread.
  let waker: Waker
  /// Woken by the thread when it ends.
  let ended: Waker
  private let isAwake = Atomic<Bool>(false)
  let isStopping = Atomic<Bool>(false)
  let backups = Mutex(BackupRequests())
  /// Whether something waits for the disk.
  let isSyncRequested = Atomic<Bool>(false)
  private let thread = Mutex<Thread?>(nil)

  init(
    _ engine: EngineHost, _ kept: RestoredState.Kept, policy: SyncPolicy, slack: Int,
    logger: Logger
  ) throws(SystemError) {
    self.slack = slack
    self.engine = engine
    disk = kept.writer.disk
    progress = engine.progress
    self.policy = policy
    self.logger = logger
    cutBytes = kept.cutBytes
    let writer = kept.writer
    store = writer.store
    // The first steps were written before the engine had its host.
    progress.queued.store(kept.steps, ordering: .relaxed)
    progress.written.store(kept.steps, ordering: .relaxed)
    progress.durable.store(writer.durable, ordering: .relaxed)
    state = Mutex(State(writer: writer, baseBytes: kept.baseBytes))
    waker = try Waker()
    ended = try Waker()
  }

  /// Sets space aside, and starts the thread.
  func start(_ loops: Loops) throws(SystemError) {
    // Before a client can find the disk full.
    var work = Work()
    keepSpace(&work)
    // Taken out: a closure would keep what it captures, and so the space of the first file that was
    // prepared.
    let first = Mutex<Work?>(work)
    work = Work()
    let thread = try Thread("journal") { [self] in
      if let work = first.withLock({ $0.take() }) { run(loops, work) }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Has the thread look for something to do.
  func wake() {
    if !isAwake.exchange(true, ordering: .acquiringAndReleasing) { waker.wake() }
  }

  /// Before the thread looks.
  func willLook() { isAwake.store(false, ordering: .sequentiallyConsistent) }

  /// Has everything that was written synced.
  func requestSync() {
    isSyncRequested.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  /// Writes what is left, syncs it, and ends the thread. One that waits for the disk is left to end
  /// by itself.
  func stop() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    write()
    isStopping.store(true, ordering: .sequentiallyConsistent)
    waker.wake()
    ended.wait(milliseconds: Self.stopMilliseconds) ? thread.join() : thread.detach()
  }

  private static let stopMilliseconds: CInt = 5_000
}

// Writing, for the loops.
extension Journal {
  /// Writes all changes that were made until now.
  func write() {
    state.withLock { state in
      engine.takeEntries(into: &state)
      write(&state)
    }
  }

  /// Writes the entries that were taken from the engine.
  func write(_ state: inout State) {
    guard !state.entries.isEmpty else { return }
    do throws(StorageError) { try state.writer.write(&state.entries) } catch {
      fail(error, &state, unwritten: true)
    }
    // After a failure too: what was not written is in the fresh file's base.
    progress.written.store(state.steps, ordering: .releasing)
    didWrite(&state)
  }

  /// Has the thread do what the write has made due.
  func didWrite(_ state: inout State) {
    let now = SystemClock.monotonicMicroseconds()
    if state.dirtySince == nil, state.writer.needsSync {
      state.dirtySince = now
      wake()
    }
    let unsynced = state.writer.unsyncedBytes
    if unsynced > Self.syncBytes || isBaseDue(state) || needsSpace(state) { wake() }
    guard policy != .always, !state.isLate, let since = state.dirtySince else { return }
    let isSlow = policy == .second && now - since > Self.lateMicroseconds
    if isSlow || unsynced > Self.lateBytes {
      state.isLate = true
      engine.setHolding(.changes)
      requestSync()
    }
  }

  /// More than this is synced without waiting for the time.
  static let syncBytes = 8 << 20
  /// When changes are not on the disk after this, clients wait for it.
  private static let lateMicroseconds: Int64 = 2_000_000
  private static let lateBytes = 24 << 20

  /// The file is not written to again. Changes are refused until a fresh one has everything.
  ///
  /// - Parameter unwritten: whether changes that were taken from the engine could not be written.
  func fail(_ error: StorageError, _ state: inout State, unwritten: Bool = false) {
    state.writer.giveUp()
    state.dirtySince = nil
    let isFirst = state.failure == nil
    state.failure = error
    if engine.journalFailed(unwritten: unwritten) {
      progress.failures.add(1, ordering: .sequentiallyConsistent)
    }
    wake()
    // The thread logs it: whoever reads the log may be slow, and this holds the lock.
    if isFirst { state.unloggedFailure = error }
  }
}

/// The state of the journal, for INFO.
struct JournalStatus: Sendable {
  var store: StoreID
  var policy: SyncPolicy
  var written: Revision
  var durable: Revision
  var byteCount: Int
  var fileCount: Int
  var isFull: Bool
  var error: String?
  /// Bytes that the start has cut off the end.
  var cutBytes: Int
}

extension Journal {
  /// What HELLO says of the journal.
  var greeting: @Sendable () -> (store: String, durable: Revision) {
    let (store, progress) = ("\(store)", progress)
    return { (store, progress.durable.load(ordering: .relaxed)) }
  }

  var status: JournalStatus {
    state.withLock { state in
      JournalStatus(
        store: store, policy: policy, written: state.writer.written,
        durable: state.writer.durable, byteCount: state.writer.byteCount,
        fileCount: state.writer.fileCount, isFull: state.isFull,
        error: state.failure.map { "\($0)" }, cutBytes: cutBytes)
    }
  }
}
