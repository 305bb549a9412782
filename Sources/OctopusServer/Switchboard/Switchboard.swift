import Locks
import OctopusEngine
import OctopusStore

/// The engine behind its one lock, and a FIFO for each event loop.
///
/// A step runs whole under the lock, and before the lock is released all that follows from it
/// stands in the FIFOs, in step order. A loop takes its FIFO in the same breath as its own step, so
/// the usual request costs one lock and wakes nobody; other loops are woken after the lock.
package final class Switchboard: Sendable {
  private struct State: ~Copyable {
    var engine: Engine
    var mark: RevisionMark
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
    /// How to move the high-water mark up, soon.
    var raise: RevisionMark.Raise?
    /// Whether to call `compilePatterns`, soon.
    var compilesPatterns = false
  }

  let loops: Int
  private let state: Mutex<State>

  init(mark: RevisionMark, memoryLimit: Int? = nil, loops: Int) {
    self.loops = loops
    let engine = Engine(
      after: mark.start, memoryLimit: memoryLimit, reportsChanges: false)
    state = Mutex(
      State(engine: engine, mark: mark, fifos: Array(repeating: Fifo(), count: loops)))
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
        state.engine.step(input.take()!, now: now, into: &state.fifos[0].effects)
      } else {
        state.engine.step(input.take()!, now: now, into: &state.effects)
        spread(&state, from: loop, &aftermath)
      }
      state.mark.cover(state.engine.revision)
      aftermath.raise = state.mark.beginRaise(at: state.engine.revision)
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

  var statistics: Statistics { state.withLock { $0.engine.statistics } }

  /// Moves the high-water mark up. Waits for the disk; not for an event loop.
  func carryOut(_ raise: RevisionMark.Raise) {
    let outcome = raise.raise()
    state.withLock { $0.mark.endRaise(outcome) }
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

// With several loops.
extension Switchboard {
  /// One entry for each loop that serves a recipient, with that loop's recipients.
  private func spread(_ state: inout State, from loop: Int, _ aftermath: inout Aftermath) {
    func put(_ effect: Effect, _ target: Int) {
      if state.fifos[target].isEmpty, target != loop { aftermath.woken.append(target) }
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
