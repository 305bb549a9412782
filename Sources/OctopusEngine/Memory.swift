import OctopusRecords
import OctopusStore

// The memory limit: what would hold more than it is refused, all else goes on.
//
// It is held against an estimate that the engine keeps of all that clients have stored and asked
// for, so that the same inputs are refused everywhere and always.

extension Footprint {
  /// Something that watches, beside its query.
  package static let watch = 500
  /// Whoever holds or waits for a lock, a semaphore or a barrier, beside its record and its wait.
  package static let member = 400
}

extension Watcher {
  var footprint: Int {
    let source = if case .pattern(let source) = role { source.count } else { 0 }
    return Footprint.watch + query.footprint + source
  }
}

extension Wait {
  var footprint: Int {
    let tag = if case .tag(let tag) = handle { tag.count } else { 0 }
    let query = if case .condition(let condition) = subject { condition.query.footprint } else { 0 }
    return Footprint.watch + query + tag
  }
}

extension Subscription {
  var footprint: Int { Footprint.watch + query.footprint + source.count }
}

extension Engine {
  /// About how many bytes records, counters, triggers, subscriptions, waits and queues occupy.
  package var footprint: Int { store.footprint + watchFootprint + coordination.footprint }

  /// Refuses a step, done but not committed, that makes the engine hold more than before and more
  /// than it may.
  func checkMemory(_ step: Step, before: Int) throws(Failure) {
    var more = 0
    for watcher in step.installed.values { more += watcher.footprint }
    if let wait = step.wait { more += wait.footprint }
    for change in step.placed where change.place.number != nil {
      if change.isNew { more += Footprint.member }
      if change.record == nil { more -= Footprint.member }
    }
    for id in step.removed { more -= (step.installed[id] ?? watchers[id])?.footprint ?? 0 }
    guard footprint + more > before else { return }
    try checkMemory(for: more)
  }

  /// Refuses what would make the engine hold so many more bytes than it may.
  func checkMemory(for more: Int) throws(Failure) {
    guard footprint + more > bounds.memory else { return }
    throw Failure(
      .outOfMemory, "this would take more than the memory limit of \(bounds.memory) bytes")
  }
}
