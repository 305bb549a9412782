import HeapModule
import OctopusCollections
import OctopusMatching
import OctopusRecords
import OctopusStore

/// Who hears and who waits: sessions, triggers, subscriptions, waits, over the store.
///
/// One function: inputs and the time in, effects out. No I/O, no clock, no threads, no dependence on
/// hash order: the same inputs give the same effects, which a recorded list of inputs replays.
///
/// A step has two halves. First its commands run on the store, and what they change is gathered
/// (`Step`); if one fails, all of it is undone. Then it is committed: events for whoever watches are
/// derived from the changes, waits that are over end, and the step's own replies come last.
package struct Engine: ~Copyable {
  /// Whether a session may see a record of this name. Every record that is shown passes it.
  package typealias Visibility = @Sendable (Principal, Bytes) -> Bool

  var store: Store
  var sessions = IDMap<Session>()

  /// Triggers and pattern subscriptions.
  var watchers: [TriggerID: Watcher] = [:]
  /// Requests that are answered in a later step.
  var waits = IDMap<Wait>()
  /// All that hears of changes: watchers, and waits for a condition.
  var watches = PredicateIndex()

  var coordination = Coordination()

  /// As new, until the next step is at work.
  let spareStep = Step(after: 0)

  /// Subscriptions: all that hears of published records.
  var subscriptions = IDMap<Subscription>()
  var subscribed = PredicateIndex()
  /// Those that match the record at hand: their memory, unless it is much, is for the next.
  var hearers: [Int64] = []

  /// About how many bytes watchers, waits and subscriptions occupy.
  var watchFootprint = 0

  var deadlines = Heap<Deadline>()

  /// The last id given to a trigger, a wait or a subscription.
  var lastID: Int64 = 0

  /// The revision of the last change.
  package internal(set) var revision: Revision

  /// From this revision on, commands that would change something are refused with READONLY. The host
  /// keeps it below the revisions that it can vouch for, so that some are left for what nobody can
  /// refuse: sessions and waits that end, and what is granted thereby.
  package var revisionLimit: Revision = .max
  /// Whether the command at work may change nothing.
  var refusesChanges = false

  let isVisible: Visibility?
  let bounds: Bounds
  let reportsChanges: Bool

  /// - Parameters:
  ///   - firstRevision: every change gets a revision above it.
  ///   - visible: whether a session may see records of a name; nil: all.
  ///   - memoryLimit: the `footprint`, in bytes, above which nothing may grow; nil: none.
  ///   - reportsChanges: whether there are `change` effects, for a host that keeps a journal.
  package init(
    after firstRevision: Revision = 0, visible: Visibility? = nil, memoryLimit: Int? = nil,
    reportsChanges: Bool = true
  ) {
    self.init(
      after: firstRevision, visible: visible, reportsChanges: reportsChanges,
      Bounds(memory: memoryLimit ?? .max))
  }

  init(
    after firstRevision: Revision = 0, visible: Visibility? = nil, reportsChanges: Bool = true,
    _ bounds: Bounds
  ) {
    store = Store(candidateLimit: bounds.candidates)
    revision = firstRevision
    isVisible = visible
    self.reportsChanges = reportsChanges
    self.bounds = bounds
  }

  /// Takes one input, appending what follows from it to `effects`, in order.
  ///
  /// Within one step: changes, events and messages first, then replies, the step's own last. What a
  /// session asks after its end is dropped.
  package mutating func step(
    _ input: consuming Input, now: Instant, into effects: inout [Effect]
  ) {
    store.budget.renew()
    endOverdueWaits(now: now, into: &effects)
    defer {
      forgetDeadlines()
      refusesChanges = false
    }
    switch consume input {
    case .opened(let session, let principal):
      precondition(session > 0 && sessions[session] == nil, "session \(session) is open already")
      sessions[session] = Session(principal: principal)
    case .ended(let session): end(session, into: &effects)
    case .request(let session, let request, let command):
      guard sessions.contains(session) else { return }
      refusesChanges = revision >= revisionLimit && !command.operation.givesBack
      run(command, Origin(session, request, now, tag: command.deferTag), into: &effects)
    case .transaction(let session, let request, let commands):
      guard sessions.contains(session) else { return }
      refusesChanges = revision >= revisionLimit
      run(commands, Origin(session, request, now), into: &effects)
    case .cancelled(let session, let request):
      cancel(request, of: session, into: &effects)
    case .tick: break
    }
  }

  /// Has the memory fetched that commands on records of these names will read. Changes nothing.
  package func prefetch(_ names: [NameHash]) { store.prefetch(names) }

  /// When the host must call with `.tick` at the latest; nil if nobody waits with a limit.
  package var nextDeadline: Instant? { deadlines.min?.instant }

  /// What the host has to see to after a step: `nextDeadline` and `hasPatternWork`.
  // Mutating only in name: an engine that is lent to be read is copied to the stack, byte by byte.
  package mutating func duties() -> (deadline: Instant?, patterns: Bool) {
    (nextDeadline, hasPatternWork)
  }

  /// Figures for INFO.
  package var statistics: Statistics {
    Statistics(
      records: store.count,
      transientRecords: sessions.values.reduce(0) { $0 + $1.owned.count },
      recordBytes: store.textBytes, attributes: store.attributeCount, sessions: sessions.count,
      triggers: watchers.count, subscriptions: subscriptions.count, waits: waits.count,
      counters: store.counterCount, locks: coordination.lockCount,
      semaphores: coordination.semaphores.count, barriers: coordination.barriers.count,
      footprint: footprint, revision: revision)
  }
}

/// What bounds one engine. Tests make it small.
struct Bounds {
  var candidates = Limits.candidates
  var deletions = Limits.deletions
  var counters = Limits.counters
  var idleCounters = Limits.idleCounters
  var watchesPerSession = Limits.watchesPerSession
  /// Of the engine's footprint, in bytes.
  var memory = Int.max
  var stepEvents = Limits.stepEvents
}

/// Who asks, and when.
struct Origin {
  var session: SessionID
  var request: RequestID
  var now: Instant
  /// Of a deferred command.
  var tag: [UInt8]?

  init(_ session: SessionID, _ request: RequestID, _ now: Instant, tag: [UInt8]? = nil) {
    self.session = session
    self.request = request
    self.now = now
    self.tag = tag
  }

  /// How the command is answered.
  var handle: Wait.Handle { tag.map { .tag($0) } ?? .request(request) }
}

/// What the engine holds, counted.
package struct Statistics: Sendable, Hashable {
  package var records = 0
  package var transientRecords = 0
  /// Of the records' texts.
  package var recordBytes = 0
  package var attributes = 0
  package var sessions = 0
  /// With pattern subscriptions.
  package var triggers = 0
  package var subscriptions = 0
  package var waits = 0
  package var counters = 0
  /// Those that are held or waited for.
  package var locks = 0
  package var semaphores = 0
  /// Those that someone has entered.
  package var barriers = 0
  /// About how many bytes all this occupies.
  package var footprint = 0
  package var revision: Revision = 0

  package init(
    records: Int = 0, transientRecords: Int = 0, recordBytes: Int = 0, attributes: Int = 0,
    sessions: Int = 0, triggers: Int = 0, subscriptions: Int = 0, waits: Int = 0,
    counters: Int = 0, locks: Int = 0, semaphores: Int = 0, barriers: Int = 0, footprint: Int = 0,
    revision: Revision = 0
  ) {
    self.records = records
    self.transientRecords = transientRecords
    self.recordBytes = recordBytes
    self.attributes = attributes
    self.sessions = sessions
    self.triggers = triggers
    self.subscriptions = subscriptions
    self.waits = waits
    self.counters = counters
    self.locks = locks
    self.semaphores = semaphores
    self.barriers = barriers
    self.footprint = footprint
    self.revision = revision
  }
}
