import OctopusRecords
import OctopusStore

/// The limits of the engine. The reasons stand in `table`.
package enum EngineLimits {
  /// Events that one step may have for one session, and messages of one transaction.
  package static let stepEvents = 1_000_000
  /// Counters that stay when no record has a name of theirs any more.
  package static let idleCounters = 10_000
  /// Bytes of the name of a lock, a semaphore or a barrier.
  package static var queueNameBytes: Int { Limits.nameBytes - 20 }
  /// Permits of one semaphore.
  package static let permits: Int64 = 1 << 53
  /// Parties of one barrier.
  package static let parties = 10_000
  /// Triggers, subscriptions and waits of one session.
  package static let watchesPerSession = 2_000_000
  /// Work that the triggers and waits of one user, or of one session of an administrator, may add
  /// to each change of others, and the subscriptions to each message; see `Work`.
  package static let watchWork = 10_000_000
  /// Milliseconds of a time limit: a hundred years.
  package static let timeoutMilliseconds: Int64 = 100 * 365 * 24 * 3_600_000
  /// Revisions and fencing tokens stay below this.
  package static let revision: Int64 = 1 << 53

  package static let table = [
    Limit(
      "events of one step for one session, messages of a transaction", stepEvents,
      "more than a full queue holds of the shortest; bounds many triggers times many deletions"),
    Limit(
      "counters of names without records", idleCounters,
      "names come and go; past this their counters go with them, and new ones begin above"),
    Limit(
      "the name of a lock, a semaphore or a barrier", queueNameBytes, .bytes,
      "members' names add `_` and a number to it"),
    Limit(
      "permits of a semaphore", Int(permits),
      "sums stay exact in clients that keep numbers as doubles"),
    Limit("parties of a barrier", parties, "all are answered in one step"),
    Limit(
      "triggers, subscriptions and waits of a session", watchesPerSession,
      "a client that leaks them does not harm others"),
    Limit(
      "microseconds that those of a user add to a change or a message", watchWork / 1_000,
      "a client that watches much does not make the writes of others slow: 1 for each of the most "
        + "that ask for one name or for one value of an attribute, 1 to 100 for each other; a "
        + "session whose regular expressions take much longer than expected ends"),
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
  /// The work of a step; see `Work`.
  var stepBudget = Work.stepBudget
  var idleCounters = EngineLimits.idleCounters
  var watchesPerSession = EngineLimits.watchesPerSession
  var watchWork = EngineLimits.watchWork
  /// Of the engine's footprint, in bytes.
  var memory = Int.max
  var stepEvents = EngineLimits.stepEvents
}
