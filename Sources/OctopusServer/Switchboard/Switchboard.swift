import OctopusEngine
import OctopusStore
import OctopusSystem

/// The engine behind its one lock, and a FIFO for each event loop.
///
/// A step runs whole under the lock, and before the lock is released all that follows from it
/// stands in the FIFOs, in step order. A loop takes its FIFO in the same breath as its own step, so
/// the usual request costs one lock and wakes nobody; other loops are woken after the lock.
package final class Switchboard: Sendable {
  private struct State: ~Copyable {
    var engine: Engine
    var mark: RevisionMark
    /// Above it, the mark is to be looked at.
    var lowRevisions: Revision
    /// Whether commands that change something are refused.
    var isRefusing = false
    /// What may not be seen yet: it reflects revisions above the mark.
    var held: [Effect] = []
    var fifos: [Fifo]
    /// Effects that are not yet spread over several loops.
    var effects: [Effect] = []
    /// When a loop will call with `.tick`.
    var timer: Instant?
    var isCompilingPatterns = false
  }

  /// What a loop must do after its step, outside the lock.
  struct Aftermath {
    /// The loops whose FIFOs are no longer empty.
    var woken: [Int] = []
    /// When to call `tick`, if this step made that earlier than was known.
    var timer: Instant?
    /// Whether to have the revision mark raised.
    var raisesMark = false
    /// Whether, from this step on, commands that change something are refused.
    var refusesChanges = false
    /// Whether to call `compilePatterns`, soon.
    var compilesPatterns = false
  }

  let loops: Int
  private let state: Mutex<State>

  init(mark: RevisionMark, memoryLimit: Int? = nil, loops: Int) {
    self.loops = loops
    var engine = Engine(
      after: mark.start, memoryLimit: memoryLimit, reportsChanges: false)
    engine.revisionLimit = mark.commandLimit
    state = Mutex(
      State(
        engine: engine, mark: mark, lowRevisions: mark.low,
        fifos: Array(repeating: Fifo(), count: loops)))
  }

  /// Takes a step for a loop and moves the loop's FIFO, which the step's own effects end, to the
  /// end of `inbox`.
  func step(
    _ input: consuming Input, now: Instant, for loop: Int, into inbox: inout Fifo
  ) -> Aftermath {
    // A closure cannot consume what it captures; it can take it out of there.
    var input = Optional(input)
    return state.withLock { state in
      var aftermath = Aftermath()
      if loops == 1 {
        let first = state.fifos[0].effects.count
        state.engine.step(input.take()!, now: now, into: &state.fifos[0].effects)
        if state.engine.revision > state.lowRevisions, isAboveMark(&state, &aftermath) {
          state.held += state.fifos[0].effects[first...]
          state.fifos[0].effects.removeSubrange(first...)
        }
      } else {
        state.engine.step(input.take()!, now: now, into: &state.effects)
        if state.engine.revision > state.lowRevisions, isAboveMark(&state, &aftermath) {
          state.held += state.effects
          state.effects.removeAll(keepingCapacity: true)
        }
        spread(&state, from: loop, &aftermath.woken)
      }
      let duties = state.engine.duties()
      if duties.patterns, !state.isCompilingPatterns {
        state.isCompilingPatterns = true
        aftermath.compilesPatterns = true
      }
      if let deadline = duties.deadline { armTimer(deadline, &state, &aftermath) }
      state.fifos[loop].empty(into: &inbox)
      return aftermath
    }
  }

  /// Has the memory fetched that commands on records of these names will read.
  func prefetch(_ names: [NameHash]) { state.withLock { $0.engine.prefetch(names) } }

  /// Lets time pass, for the loop that set a timer. A timer that another has overtaken does nothing.
  func tick(
    timer: Instant, now: Instant, for loop: Int, into inbox: inout Fifo
  ) -> Aftermath {
    let isCurrent = state.withLock { state in
      defer { if state.timer == timer { state.timer = nil } }
      return state.timer == timer
    }
    guard isCurrent else { return Aftermath() }
    return step(.tick, now: now, for: loop, into: &inbox)
  }

  /// Puts an errand at the end of a loop's FIFO; true when the loop must be woken for it.
  func post(_ errand: @escaping Fifo.Errand, to loop: Int) -> Bool {
    state.withLock { state in
      defer { state.fifos[loop].append(errand) }
      return state.fifos[loop].isEmpty
    }
  }

  /// Moves a loop's FIFO to the end of `inbox`.
  func collect(for loop: Int, into inbox: inout Fifo) {
    state.withLock { $0.fifos[loop].empty(into: &inbox) }
  }

  /// What can be seen.
  var statistics: Statistics {
    state.withLock { state in
      var statistics = state.engine.statistics
      statistics.revision = min(statistics.revision, state.mark.reserved)
      return statistics
    }
  }

  /// Compiles the sets of regular expressions that are due. Takes its time; not for an event loop.
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

  private func armTimer(_ deadline: Instant, _ state: inout State, _ aftermath: inout Aftermath) {
    if let timer = state.timer, timer <= deadline { return }
    state.timer = deadline
    aftermath.timer = deadline
  }
}

// The revision mark.
extension Switchboard {
  /// Requests a higher mark when few revisions are left below it. True if the latest step's effects must wait
  /// for the mark; then all later effects wait too, which keeps their order.
  private func isAboveMark(_ state: inout State, _ aftermath: inout Aftermath) -> Bool {
    let revision = state.engine.revision
    aftermath.raisesMark = state.mark.beginRaise(at: revision)
    if !state.isRefusing, revision >= state.mark.commandLimit {
      state.isRefusing = true
      aftermath.refusesChanges = true
    }
    return revision > state.mark.reserved
  }

  /// The mark to write to the disk next; nil if there is none.
  func beginAttempt() -> Revision? {
    state.withLock {
      $0.mark.nextTarget(at: $0.engine.revision, now: Clock.monotonicMicroseconds())
    }
  }

  func endAttempt(_ failure: StorageFailure) { state.withLock { $0.mark.endAttempt(failure) } }

  /// The disk knows this mark. Answers which loops have something to deliver, and whether commands were
  /// refused until now.
  func endAttempt(reached target: Revision) -> (woken: [Int], wasRefusing: Bool) {
    state.withLock { state in
      state.mark.endAttempt(reached: target)
      state.lowRevisions = state.mark.low
      state.engine.revisionLimit = state.mark.commandLimit
      let wasRefusing = state.isRefusing
      state.isRefusing = state.engine.revision >= state.mark.commandLimit
      var woken: [Int] = []
      if !state.held.isEmpty, state.engine.revision <= state.mark.reserved {
        swap(&state.held, &state.effects)
        spread(&state, from: nil, &woken)
      }
      return (woken, wasRefusing)
    }
  }

  /// How the mark stands, for INFO; nil if none is kept.
  func markStatus(now: Int64) -> (reserved: Revision, error: String?)? {
    state.withLock { $0.mark.status(now: now) }
  }
}

// With several loops.
extension Switchboard {
  /// One entry for each loop that serves a recipient, with that loop's recipients.
  private func spread(_ state: inout State, from loop: Int?, _ woken: inout [Int]) {
    func put(_ effect: Effect, _ target: Int) {
      if state.fifos[target].isEmpty, target != loop { woken.append(target) }
      state.fifos[target].effects.append(effect)
    }
    for effect in state.effects {
      switch effect {
      case .reply(let session, _, _, _), .deferred(let session, _, _, _), .overflow(let session):
        put(effect, Home.loop(of: session, among: loops))
      case .event(let event, let deliveries):
        for target in 0..<loops {
          let here = deliveries.filter { Home.loop(of: $0.session, among: loops) == target }
          if !here.isEmpty { put(.event(event, here), target) }
        }
      case .message(let record, let subscribers, let revision):
        for target in 0..<loops {
          let here = subscribers.filter { Home.loop(of: $0.session, among: loops) == target }
          if !here.isEmpty { put(.message(record, here, revision), target) }
        }
      case .change:
        break
      }
    }
    state.effects.removeAll(keepingCapacity: true)
  }
}
