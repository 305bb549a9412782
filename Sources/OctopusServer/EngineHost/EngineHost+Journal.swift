import OctopusEngine
import OctopusJournal
import OctopusSystem

// The changes of steps, on their way to the journal.
extension EngineHost {
  /// Notes the end of a step. Returns the revision until which its effects are held, or 0.
  @inline(__always)
  func hold(after feed: JournalFeed, isTransaction: Bool) -> Revision {
    let hold = feed.endStep(isTransaction: isTransaction)
    if feed.steps != progress.queued.load(ordering: .relaxed) {
      progress.queued.store(feed.steps, ordering: .releasing)
    }
    return hold > progress.durable.load(ordering: .relaxed) ? hold : 0
  }

  /// Takes all changes that are not written.
  func takeEntries(into journal: inout Journal.State) {
    state.withLock { take(&$0, into: &journal) }
  }

  /// Takes all changes that are not written. Returns a revision before all later ones, which are
  /// above `first`.
  func takeEntries(into journal: inout Journal.State, beyond first: Revision) -> Revision {
    state.withLock { state in
      take(&state, into: &journal)
      state.engine.advance(to: first)
      return state.engine.revision
    }
  }

  private func take(_ state: inout State, into journal: inout Journal.State) {
    guard let feed = state.feed else { return }
    swap(&feed.entries, &journal.entries)
    journal.baseBytes = feed.baseBytes
    journal.steps = feed.steps
  }

  /// How much of the state is stated.
  struct BaseCursor {
    fileprivate var row = 0
    fileprivate var counter = 0
  }

  /// A part of the state, or its end.
  enum BasePiece: Sendable {
    case records([Change.Stored])
    case counters([(name: [UInt8], next: Int64)])
    case end(records: Int, firstNumber: Int64)
  }

  /// Takes all changes that are not written, and the next part of the state, which reflects them.
  func takeEntries(
    into journal: inout Journal.State, nextOf cursor: inout BaseCursor
  ) -> BasePiece {
    state.withLock { state in
      take(&state, into: &journal)
      if let records = state.engine.records(
        from: &cursor.row, most: Self.pieceRecords, bytes: Self.pieceBytes)
      {
        return .records(records)
      }
      if let counters = state.engine.counters(from: &cursor.counter, most: Self.pieceRecords) {
        return .counters(counters)
      }
      return .end(records: state.engine.recordCount, firstNumber: state.engine.firstNumber)
    }
  }

  /// To take these takes some microseconds, and to write them some tenths of a millisecond.
  private static let pieceRecords = 128
  private static let pieceBytes = 128 << 10

  var latestRevision: Revision { state.withLock { $0.engine.revision } }

  func setHolding(_ holding: JournalFeed.Holding) {
    state.withLock { $0.feed?.holding = holding }
  }

  /// From now on changes are refused. Output that reflects changes that were not written waits.
  ///
  /// - Parameter unwritten: whether changes that were taken could not be written.
  /// - Returns: whether there are any such changes.
  func journalFailed(unwritten: Bool) -> Bool {
    state.withLock { state in
      state.engine.readOnly = .journal
      state.feed?.holding = .changes
      guard unwritten || state.feed?.entries.isEmpty == false else { return false }
      for index in state.mailboxes.indices {
        state.mailboxes[index].hold(until: state.engine.revision)
      }
      return true
    }
  }

  func journalRecovered(_ holding: JournalFeed.Holding, isFull: Bool) {
    state.withLock { state in
      state.engine.readOnly = isFull ? .diskFull : nil
      state.feed?.holding = holding
    }
  }

  /// The disk has no space to set aside: records may not grow, as long as that is so.
  func setFull(_ isFull: Bool) {
    state.withLock { state in
      if isFull, state.engine.readOnly == nil { state.engine.readOnly = .diskFull }
      if !isFull, state.engine.readOnly == .diskFull { state.engine.readOnly = nil }
    }
  }

  /// Tells clients that wait for the disk. Returns the loops that have mail for it.
  func noteDurable(_ revision: Revision) -> [Int] {
    state.withLock { state in
      guard state.engine.waitsForDisk else {
        state.engine.keepJournal(durable: revision)
        return []
      }
      state.engine.step(.durable(revision), now: .min, into: &state.effects)
      guard state.held.isEmpty else {
        // In order: earlier effects wait for the mark.
        state.held += state.effects
        state.effects.removeAll(keepingCapacity: true)
        return []
      }
      var loopsWithMail: [Int] = []
      distribute(&state, from: nil, &loopsWithMail)
      return loopsWithMail
    }
  }
}
