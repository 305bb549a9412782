import OctopusEngine
import Synchronization

/// The engine behind its one lock, and a FIFO for each event loop.
///
/// A step runs whole under the lock, and before the lock is released all that follows from it
/// stands in the FIFOs, in step order. A loop takes its FIFO in the same breath as its own step, so
/// the usual request costs one lock and wakes nobody; other loops are woken after the lock.
package final class Switchboard: Sendable {
  private struct State: ~Copyable {
    var engine: Engine
    var mark: RevisionMark
    var effects: [Effect] = []
    var fifos: [[Parcel]]
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

  init(mark: RevisionMark, loops: Int) {
    self.loops = loops
    let engine = Engine(after: mark.start)
    state = Mutex(
      State(engine: engine, mark: mark, fifos: Array(repeating: [], count: loops)))
  }

  /// Takes a step for a loop and moves the loop's FIFO, which the step's own effects end, to the
  /// end of `parcels`.
  func step(
    _ input: consuming Input, now: Instant, for loop: Int, into parcels: inout [Parcel]
  ) -> Aftermath {
    state.withLock { state in
      var aftermath = Aftermath()
      state.engine.step(input, now: now, into: &state.effects)
      state.mark.cover(state.engine.revision)
      aftermath.raise = state.mark.beginRaise(at: state.engine.revision)
      if state.engine.hasPatternWork, !state.isCompilingPatterns {
        state.isCompilingPatterns = true
        aftermath.compilesPatterns = true
      }
      distribute(&state, from: loop, &aftermath)
      armTimer(&state, &aftermath)
      Self.take(&state.fifos[loop], into: &parcels)
      return aftermath
    }
  }

  /// Lets time pass, for the loop that set a timer. A timer that another has overtaken does nothing.
  func tick(
    timer: Instant, now: Instant, for loop: Int, into parcels: inout [Parcel]
  ) -> Aftermath {
    let isCurrent = state.withLock { state in
      defer { if state.timer == timer { state.timer = nil } }
      return state.timer == timer
    }
    guard isCurrent else { return Aftermath() }
    return step(.tick, now: now, for: loop, into: &parcels)
  }

  /// Puts a parcel at the end of a loop's FIFO; true when the loop must be woken for it.
  func post(_ parcel: Parcel, to loop: Int) -> Bool {
    state.withLock { state in
      state.fifos[loop].append(parcel)
      return state.fifos[loop].count == 1
    }
  }

  /// Moves a loop's FIFO to the end of `parcels`.
  func collect(for loop: Int, into parcels: inout [Parcel]) {
    state.withLock { Self.take(&$0.fifos[loop], into: &parcels) }
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

  private static func take(_ fifo: inout [Parcel], into parcels: inout [Parcel]) {
    if parcels.isEmpty {
      // The two arrays change places: neither is ever allocated anew.
      swap(&fifo, &parcels)
    } else {
      parcels.append(contentsOf: fifo)
      fifo.removeAll(keepingCapacity: true)
    }
  }

  private func armTimer(_ state: inout State, _ aftermath: inout Aftermath) {
    guard let deadline = state.engine.nextDeadline else { return }
    if let timer = state.timer, timer <= deadline { return }
    state.timer = deadline
    aftermath.timer = deadline
  }
}

// From effects to FIFOs.
extension Switchboard {
  private func distribute(_ state: inout State, from loop: Int, _ aftermath: inout Aftermath) {
    for effect in state.effects {
      if case .change = effect { continue }
      if loops == 1 {
        state.fifos[0].append(.effect(effect))
      } else {
        spread(effect, &state, from: loop, &aftermath)
      }
    }
    state.effects.removeAll(keepingCapacity: true)
  }

  /// One entry for each loop that serves a recipient, with that loop's recipients.
  private func spread(
    _ effect: Effect, _ state: inout State, from loop: Int, _ aftermath: inout Aftermath
  ) {
    func put(_ effect: Effect, _ target: Int) {
      state.fifos[target].append(.effect(effect))
      if state.fifos[target].count == 1, target != loop { aftermath.woken.append(target) }
    }
    switch effect {
    case .reply(let session, _, _, _):
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
}
