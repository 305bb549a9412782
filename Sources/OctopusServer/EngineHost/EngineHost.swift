import OctopusCollections
import OctopusEngine
import OctopusJournal
import OctopusStore
import OctopusSystem

/// The engine inside its lock, and a mailbox for each event loop.
///
/// A step runs whole under the lock, and before the lock is released its effects are in the
/// mailboxes, in step order. A loop takes its own effects together with its step, so most requests
/// cost one lock and wake no thread; other loops are woken after the lock is released.
package final class EngineHost: Sendable {
  struct State: ~Copyable {
    var engine: Engine
    /// Nil: no journal is kept.
    var feed: JournalFeed?
    var mark: HighWaterMark
    /// From this revision on, each step looks at the mark.
    var lowRevisions: Revision
    /// Whether commands that change something are refused.
    var isReadOnly = false
    /// Effects that reflect revisions above the mark, and must not be seen yet.
    var held: [Effect] = []
    var mailboxes: [Mailbox]
    /// Effects that are not yet distributed to several loops.
    var effects: [Effect] = []
    /// They are held until this revision is on the disk.
    var hold: Revision = 0
    /// When a loop will call `tick`.
    var timer: Instant?
    var isCompilingPatterns = false
    /// Whether a loop carries on with the engine's background work.
    var hasWorker = false
  }

  /// What the loop must do after its step, outside the lock.
  struct FollowUp {
    /// The other loops whose mailboxes are no longer empty.
    var loopsWithMail: [Int] = []
    /// When to call `tick`, if this step made that earlier.
    var timer: Instant?
    /// Whether the revision mark is to be raised.
    var raisesMark = false
    /// Whether, from this step on, commands that change something are refused.
    var refusesChanges = false
    /// Whether to call `compilePatterns`, soon.
    var compilesPatterns = false
    /// Whether to call `carryOn` from now on, between the turns of connections.
    var beginsWork = false
    /// Whether a client waits for the disk.
    var requestsSync = false
  }

  let loops: Int
  let memory: MemoryAccount
  let progress = JournalProgress()
  let state: Mutex<State>

  /// - Parameters:
  ///   - engine: before its first step. Its change log is the feed of the journal, if one is kept.
  init(
    _ engine: consuming sending Engine, mark: HighWaterMark, memoryLimit: Int? = nil, loops: Int
  ) {
    self.loops = loops
    memory = MemoryAccount(limit: memoryLimit, loops: loops)
    engine.revisionLimit = mark.commandLimit
    let feed = engine.changeLog as? JournalFeed
    state = Mutex(
      State(
        engine: engine, feed: feed, mark: mark, lowRevisions: mark.reservationThreshold,
        mailboxes: Array(repeating: Mailbox(), count: loops)))
  }

  /// Takes a step for a loop, and appends all effects for the loop, of which the step's own are the
  /// last.
  func step(
    _ input: consuming Input, now: Instant, for loop: Int, into effects: inout [Effect]
  ) -> FollowUp {
    // A closure cannot consume what it captures, but it can take it out of an optional.
    let isTransaction = if case .transaction = input { true } else { false }
    var input = Optional(input)
    return state.withLock { state in
      var followUp = FollowUp()
      state.feed?.beginStep()
      if loops == 1 {
        takeEffects(&state, for: 0, into: &effects)
        let first = effects.count
        state.engine.step(input.take()!, now: now, into: &effects)
        if let feed = state.feed {
          let hold = hold(after: feed, isTransaction: isTransaction)
          if let mark = state.mailboxes[0].changeHold(to: hold) { effects.insert(mark, at: first) }
        }
        if state.engine.revision > state.lowRevisions, isAboveMark(&state, &followUp) {
          state.held += effects[first...]
          effects.removeSubrange(first...)
        }
      } else {
        state.engine.step(input.take()!, now: now, into: &state.effects)
        if let feed = state.feed {
          state.hold = hold(after: feed, isTransaction: isTransaction)
        }
        if state.engine.revision > state.lowRevisions, isAboveMark(&state, &followUp) {
          state.held += state.effects
          state.effects.removeAll(keepingCapacity: true)
        }
        distribute(&state, from: loop, &followUp.loopsWithMail)
        takeEffects(&state, for: loop, into: &effects)
      }
      noteDuties(&state, &followUp)
      return followUp
    }
  }

  @inline(__always)
  private func noteDuties(_ state: inout State, _ followUp: inout FollowUp) {
    let duties = state.engine.duties()
    memory.note(discarded: duties.discarded)
    if memory.hasLimit { memory.note(footprint: state.engine.currentFootprint()) }
    followUp.requestsSync = duties.sync
    if duties.patterns, !state.isCompilingPatterns {
      state.isCompilingPatterns = true
      followUp.compilesPatterns = true
    }
    if duties.work, !state.hasWorker {
      state.hasWorker = true
      followUp.beginsWork = true
    }
    if let deadline = duties.deadline { armTimer(deadline, &state, &followUp) }
  }

  /// Carries out a part of the engine's background work. Answers whether there is more, for which
  /// the same loop calls again.
  func carryOn(
    now: Instant, for loop: Int, into effects: inout [Effect]
  ) -> (followUp: FollowUp, hasMore: Bool) {
    let followUp = step(.work, now: now, for: loop, into: &effects)
    let hasMore = state.withLock { state in
      state.hasWorker = state.engine.duties().work
      return state.hasWorker
    }
    return (followUp, hasMore)
  }

  /// Fetches the memory that commands on records of these names will read.
  func prefetch(_ names: [NameHash]) { state.withLock { $0.engine.prefetch(names) } }

  /// Tells the engine the time, for the loop that set this timer; does nothing if an earlier one
  /// was set since.
  func tick(
    timer: Instant, now: Instant, for loop: Int, into effects: inout [Effect]
  ) -> FollowUp {
    let isCurrent = state.withLock { state in
      defer { if state.timer == timer { state.timer = nil } }
      return state.timer == timer
    }
    guard isCurrent else { return FollowUp() }
    return step(.tick, now: now, for: loop, into: &effects)
  }

  /// Leaves a task for a loop; true when the loop must be woken for it.
  func submit(_ task: @escaping EventLoop.Task, to loop: Int) -> Bool {
    state.withLock { state in
      defer { state.mailboxes[loop].append(task) }
      return state.mailboxes[loop].isEmpty
    }
  }

  /// Moves a loop's mail to the end of `mail`.
  func collect(for loop: Int, into mail: inout Mailbox) {
    state.withLock { state in
      takeEffects(&state, for: loop, into: &mail.effects)
      state.mailboxes[loop].take(into: &mail)
    }
  }

  /// The same if the mail is short. Longer mail stays in the mailbox, ahead of the effects of the
  /// loop's next step.
  func collectIfShort(for loop: Int, into mail: inout Mailbox) -> Bool {
    state.withLock { state in
      guard state.mailboxes[loop].isShort else { return false }
      takeEffects(&state, for: loop, into: &mail.effects)
      state.mailboxes[loop].take(into: &mail)
      return true
    }
  }

  /// The engine's statistics, with the latest revision that clients may see.
  var statistics: Statistics {
    state.withLock { state in
      var statistics = state.engine.statistics
      statistics.revision = min(statistics.revision, state.mark.reserved)
      return statistics
    }
  }

  /// Compiles the sets of regular expressions that are due. May take long: not for an event loop.
  func compilePatterns() {
    while let work = nextPatternWork() {
      let done = work.run()
      state.withLock { $0.engine.install(done) }
    }
  }

  private func nextPatternWork() -> PatternWork? {
    state.withLock { state in
      let work = state.engine.takePatternWork()
      state.isCompilingPatterns = work != nil
      return work
    }
  }

  private func armTimer(_ deadline: Instant, _ state: inout State, _ followUp: inout FollowUp) {
    if let timer = state.timer, timer <= deadline { return }
    state.timer = deadline
    followUp.timer = deadline
  }
}

// The revision mark.
extension EngineHost {
  /// Requests a higher mark when few revisions are left below it. True if the latest step's effects
  /// must wait for the mark; then all later effects wait too, which keeps their order.
  private func isAboveMark(_ state: inout State, _ followUp: inout FollowUp) -> Bool {
    let revision = state.engine.revision
    followUp.raisesMark = state.mark.needsReservation(at: revision)
    if !state.isReadOnly, revision >= state.mark.commandLimit {
      state.isReadOnly = true
      followUp.refusesChanges = true
    }
    return revision > state.mark.reserved
  }

  /// The mark to write to the disk next; nil if there is none.
  func beginAttempt() -> Revision? {
    state.withLock {
      $0.mark.beginReservation(at: $0.engine.revision, now: SystemClock.monotonicMicroseconds())
    }
  }

  func endAttempt(_ failure: StorageError) { state.withLock { $0.mark.endReservation(failure) } }

  /// The disk knows this mark. Answers which loops have something to deliver, and whether commands
  /// were refused until now.
  func endAttempt(reached target: Revision) -> (loopsWithMail: [Int], wasReadOnly: Bool) {
    state.withLock { state in
      state.mark.endReservation(reached: target)
      state.lowRevisions = state.mark.reservationThreshold
      state.engine.revisionLimit = state.mark.commandLimit
      let wasReadOnly = state.isReadOnly
      state.isReadOnly = state.engine.revision >= state.mark.commandLimit
      var loopsWithMail: [Int] = []
      if !state.held.isEmpty, state.engine.revision <= state.mark.reserved {
        swap(&state.held, &state.effects)
        // Those that must wait for the journal are not told from others any more.
        let isHolding = state.feed.map { $0.holding != .nothing } ?? false
        state.hold = isHolding ? state.engine.revision : 0
        distribute(&state, from: nil, &loopsWithMail)
      }
      return (loopsWithMail, wasReadOnly)
    }
  }

  /// How the mark stands, for INFO; nil if none is kept.
  func markStatus(now: Int64) -> (reserved: Revision, error: String?)? {
    state.withLock { $0.mark.status(now: now) }
  }
}

// With several loops.
extension EngineHost {
  private func takeEffects(_ state: inout State, for loop: Int, into effects: inout [Effect]) {
    if state.mailboxes[loop].bytes > 0 { memory.addToMail(-state.mailboxes[loop].bytes) }
    state.mailboxes[loop].takeEffects(into: &effects)
  }

  /// Ends the sessions for which most waits, if more mail waits than may: their loop is busy, and
  /// takes none. That of the loop with the most mail is cut to half of what may wait.
  private func boundMail(_ state: inout State) {
    while memory.mailBytes > memory.mailLimit,
      let fullest = state.mailboxes.indices.max(by: {
        state.mailboxes[$0].bytes < state.mailboxes[$1].bytes
      })
    {
      let before = state.mailboxes[fullest].bytes
      state.mailboxes[fullest].endLargestSessions(downTo: min(memory.mailLimit, before) / 2)
      memory.addToMail(state.mailboxes[fullest].bytes - before)
      if state.mailboxes[fullest].bytes == before { return }
    }
  }

  /// One entry for each loop that serves a recipient, with that loop's recipients.
  func distribute(_ state: inout State, from loop: Int?, _ loopsWithMail: inout [Int]) {
    var added = 0
    func put(_ effect: Effect, _ target: Int) {
      if target != loop {
        if state.mailboxes[target].isEmpty { loopsWithMail.append(target) }
        added += state.mailboxes[target].count(effect)
      }
      if let mark = state.mailboxes[target].changeHold(to: state.hold) {
        state.mailboxes[target].effects.append(mark)
      }
      state.mailboxes[target].effects.append(effect)
    }
    for effect in state.effects {
      switch effect {
      case .reply(let session, _, _, _), .deferred(let session, _, _, _), .overflow(let session, _):
        put(effect, LoopAssignment.loop(of: session, among: loops))
      case .event(let event, let deliveries):
        for target in 0..<loops {
          let here = deliveries.filter {
            LoopAssignment.loop(of: $0.session, among: loops) == target
          }
          if !here.isEmpty { put(.event(event, here), target) }
        }
      case .message(let record, let subscribers, let revision):
        for target in 0..<loops {
          let here = subscribers.filter {
            LoopAssignment.loop(of: $0.session, among: loops) == target
          }
          if !here.isEmpty { put(.message(record, here, revision), target) }
        }
      case .hold:
        break
      }
    }
    state.effects.removeAll(keepingCapacity: true)
    state.hold = 0
    if added > 0 {
      memory.addToMail(added)
      boundMail(&state)
    }
  }
}
