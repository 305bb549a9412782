import OctopusRecords
import OctopusStore

/// Names a wait for as long as the engine lives; of the same numbers as triggers' ids.
typealias WaitID = Int64

/// What is asked for and not there yet: it is answered in the step that brings it.
struct Wait {
  let id: WaitID
  let session: SessionID
  let handle: Handle
  /// When it ends unanswered; nil: never.
  let until: Instant?
  var subject: Subject

  /// How the session is answered.
  enum Handle: Hashable {
    case request(RequestID)
    /// The request was answered QUEUED; the answer comes as a push with this tag.
    case tag([UInt8])
  }

  enum Subject {
    case condition(Condition)
    /// For this record's turn: the member of a lock or a semaphore, or a party that enters.
    case member(Record)
    /// For the others to leave a barrier.
    case leaving(barrier: [UInt8], Holder)
  }

  /// What WAITFOR asks for.
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
}

extension Wait {
  init(for subject: Subject, _ timeout: Int64?, _ origin: Origin, id: WaitID) {
    self.init(
      id: id, session: origin.session, handle: origin.handle,
      until: timeout.map { origin.now + $0 }, subject: subject)
  }
}

extension Wait.Handle {
  func effect(_ session: SessionID, _ reply: Reply, _ revision: Revision) -> Effect {
    switch self {
    case .request(let request): .reply(session, request, reply, revision)
    case .tag(let tag): .deferred(session, tag: tag, reply, revision)
    }
  }
}

/// When a wait ends unanswered.
struct Deadline: Comparable {
  let instant: Instant
  let id: WaitID

  static func < (a: Deadline, b: Deadline) -> Bool { (a.instant, a.id) < (b.instant, b.id) }
}
