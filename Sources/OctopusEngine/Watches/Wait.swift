import OctopusRecords
import OctopusStore

/// Names a wait for as long as the engine lives. Waits and triggers take ids of one sequence.
typealias WaitID = Int64

/// A request that waits: a later step answers it.
struct Wait {
  let id: WaitID
  let session: SessionID
  let handle: ReplyHandle
  /// When the request gets null for an answer; nil: never.
  let deadline: Instant?
  var subject: Subject

  /// The event that the request waits for.
  enum Subject {
    /// The records that match a query, as many of them as the client wants.
    case condition(Condition)
    /// This record, of a member that waits for a lock or permits, or of a party that enters a
    /// barrier.
    case member(Record)
    /// All changes up to this revision to be on the disk.
    case durability(Revision)
    /// The other parties of the barrier, to leave.
    case leaving(barrier: [UInt8], Holder)
  }

  /// About how many bytes it occupies.
  var footprint: Int {
    let tag = if case .tag(let tag) = handle { tag.count } else { 0 }
    let query = if case .condition(let condition) = subject { condition.query.footprint } else { 0 }
    return Footprint.watch + query + tag
  }
}

/// How a request is answered.
enum ReplyHandle: Hashable {
  case request(RequestID)
  /// The request was answered with `deferred` at once; its reply comes later, with this tag.
  case tag([UInt8])

  func effect(_ session: SessionID, _ reply: Reply, _ revision: Revision) -> Effect {
    switch self {
    case .request(let request): .reply(session, request, reply, revision)
    case .tag(let tag): .deferred(session, tag: tag, reply, revision)
    }
  }
}

/// The condition of a WAITFOR.
struct Condition {
  let query: Query
  let kind: WaitCondition
  /// How many records match now.
  var matches: Int

  var holds: Bool {
    switch kind {
    case .match: matches > 0
    case .gone: matches == 0
    case .count(let count): matches >= count
    }
  }
}
