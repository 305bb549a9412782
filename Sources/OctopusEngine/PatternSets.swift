import OctopusMatching
import OctopusRecords

// Regular expressions are matched in sets, which take time to compile. The engine asks for that
// work, the host does it outside its lock, and what the engine answers never depends on it.

/// Regular expressions to compile into sets.
package struct PatternWork: Sendable {
  fileprivate let isForSubscriptions: Bool
  fileprivate let build: PatternSetBuild

  /// Does the work. Milliseconds for a thousand patterns.
  package func run() -> PatternWorkDone {
    PatternWorkDone(isForSubscriptions: isForSubscriptions, built: build.run())
  }
}

package struct PatternWorkDone: Sendable {
  fileprivate let isForSubscriptions: Bool
  fileprivate let built: BuiltPatternSets
}

extension Engine {
  package var hasPatternWork: Bool { watches.hasPendingBuild || subscriptions.hasPendingBuild }

  /// The next work to do, outside the lock.
  package mutating func takePatternWork() -> PatternWork? {
    if let build = watches.pendingBuild() {
      return PatternWork(isForSubscriptions: false, build: build)
    }
    return subscriptions.pendingBuild().map { PatternWork(isForSubscriptions: true, build: $0) }
  }

  /// Takes over what was compiled, whatever has happened since.
  package mutating func install(_ work: PatternWorkDone) {
    if work.isForSubscriptions {
      subscriptions.install(work.built)
    } else {
      watches.install(work.built)
    }
  }
}
