import OctopusRecords

/// The limits of the engine. The reasons stand in `table`.
package enum EngineLimits {
  /// Events that one step may have for one session, and messages of one transaction.
  package static let stepEvents = 1_000_000
  /// Distinct names given to SETSEQ.
  package static let counters = 1_000_000
  /// Counters that stay when the lock, the semaphore or the barrier that they number has no members
  /// any more.
  package static let idleCounters = 10_000
  /// Bytes of the name of a lock, a semaphore or a barrier.
  package static let queueNameBytes = Limits.nameBytes - 20
  /// Permits of one semaphore.
  package static let permits: Int64 = 1 << 53
  /// Parties of one barrier.
  package static let parties = 100_000
  /// Records that one `DEL … ALL` may delete.
  package static let deletions = 100_000
  /// Triggers, subscriptions and waits of one session.
  package static let watchesPerSession = 2_000_000
  /// Milliseconds of a time limit: a hundred years.
  package static let timeoutMilliseconds: Int64 = 100 * 365 * 24 * 3_600_000
  /// Revisions and fencing tokens stay below this.
  package static let revision: Int64 = 1 << 53

  package static let table = [
    Limit(
      "events of one step for one session, messages of a transaction", stepEvents,
      "more than a full queue holds of the shortest; bounds many triggers times many deletions"),
    Limit(
      "names with a counter", counters,
      "each keeps its number forever, since none is given twice"),
    Limit(
      "counters of locks, semaphores and barriers without members", idleCounters,
      "locks are named after things that come and go; past this their counters go with them"),
    Limit(
      "the name of a lock, a semaphore or a barrier", queueNameBytes, .bytes,
      "members' names add `_` and a number to it"),
    Limit(
      "permits of a semaphore", Int(permits),
      "sums stay exact in clients that keep numbers as doubles"),
    Limit("parties of a barrier", parties, "all are answered in one step"),
    Limit("records that one `DEL … ALL` deletes", deletions, "bounds the time of a step"),
    Limit(
      "triggers, subscriptions and waits of a session", watchesPerSession,
      "a client that leaks them does not harm others"),
    Limit(
      "a time limit", Int(timeoutMilliseconds), .milliseconds,
      "a hundred years: adding it to any clock cannot overflow"),
    Limit(
      "revisions and fencing tokens", Int(revision),
      "they stay exact in clients that keep numbers as doubles"),
  ]
}

/// The limits of one engine. Tests make them small.
struct Bounds {
  var candidates = Limits.candidates
  var deletions = EngineLimits.deletions
  var counters = EngineLimits.counters
  var idleCounters = EngineLimits.idleCounters
  var watchesPerSession = EngineLimits.watchesPerSession
  /// Of the engine's footprint, in bytes.
  var memory = Int.max
  var stepEvents = EngineLimits.stepEvents
}
