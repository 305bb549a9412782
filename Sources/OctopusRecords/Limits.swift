/// Every bound of the system, in one place, each with its reason.
///
/// What a client sends is checked against these before memory is spent on it. Units are in the
/// names; sizes are of UTF-8.
package enum Limits {
  /// A name, an attribute name, a holder's or lock's name: room for any path a person would write,
  /// small enough that comparing two is never the cost of anything.
  package static let nameBytes = 1 << 10

  /// One record in text form. A record describes something; what is larger belongs in a file.
  package static let recordBytes = 1 << 20

  /// One query in text form: bounds what matching it can cost per record.
  package static let queryBytes = 64 << 10

  /// One regular expression, before it is compiled.
  package static let patternBytes = 4 << 10

  /// What one compiled regular expression may occupy; RE2 refuses what would need more. A match
  /// takes time in proportion to this and to the text, so both are bounded.
  package static let patternProgramBytes: Int64 = 256 << 10

  /// The longest text that a regular expression is found in: with the most costly expression this
  /// takes a second, with an ordinary one 100 µs.
  package static let patternTextBytes = 64 << 10

  /// Regular expressions in one query: together they may occupy 8 MiB.
  package static let patternsPerQuery = 32

  /// Patterns in one RE2 set: bounds the time and the memory to rebuild one.
  package static let patternsPerSet = 1_024

  /// What one RE2 set may occupy, its lazily built automaton included.
  package static let patternSetBytes: Int64 = 64 << 20

  /// Events and messages waiting for one session that does not read. Past it the session ends.
  package static let sessionQueueBytes = 32 << 20

  /// Events that one step may have for one session, and messages of one transaction: more than a
  /// full queue holds of the shortest. What a step makes is kept until it is done, so this bounds
  /// many triggers times many deletions.
  package static let stepEvents = 1_000_000

  /// Distinct names given to SETSEQ. Each keeps a number for ever, since none is given twice.
  package static let counters = 1_000_000

  /// Counters that stay when the lock, the semaphore or the barrier that they number has no members
  /// any more. Locks are named after what comes and goes; past this their counters go with them.
  package static let idleCounters = 10_000

  /// A lock's, a barrier's, a semaphore's name: behind it members' names have `_` and a number.
  package static let coordinationNameBytes = nameBytes - 20

  /// Of one semaphore: sums of them stay exact in clients that keep numbers as doubles.
  package static let permits: Int64 = 1 << 53

  /// Parties of one barrier: all are answered in one step.
  package static let parties = 100_000

  /// Records that the reads of one step may examine: bounds the time for which it holds the lock.
  package static let candidates = 1_000_000

  /// Records that one `DEL … ALL` may delete, for the same reason.
  package static let deletions = 100_000

  /// Triggers, subscriptions and waits of one session: a leak in a client stays its own.
  package static let watchesPerSession = 2_000_000

  /// Commands between MULTI and EXEC: a transaction is one step.
  package static let transactionCommands = 10_000

  /// The same, as text: what a client may leave waiting for its EXEC.
  package static let transactionBytes = 32 << 20

  /// Arguments of one command: the largest useful one names many queries.
  package static let arguments = 1_024

  /// One argument on the wire: a record, with what its quoting may add.
  package static let argumentBytes = 2 << 20

  /// One command on the wire, all arguments together.
  package static let requestBytes = 8 << 20

  /// One command typed without framing, by a person or with netcat.
  package static let inlineBytes = 64 << 10

  /// How long a connection may take to give the password that it needs: whoever knows it says it at
  /// once, and whoever does not shall not hold a descriptor.
  package static let strangerMilliseconds: Int64 = 20_000

  /// How long a connection that was told to go may take to read why.
  package static let lingeringMilliseconds: Int64 = 5_000

  /// A time limit in milliseconds: a hundred years, so that adding it to any clock cannot overflow.
  package static let timeoutMilliseconds: Int64 = 100 * 365 * 24 * 3_600_000

  /// Revisions and tokens stay exact in every client that keeps numbers as doubles.
  package static let revision: Int64 = 1 << 53
}
