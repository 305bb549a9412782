import DequeModule
import OctopusRecords

/// What earlier steps have left to later ones, because it takes too long for one: the host gives
/// the engine the input `work` while there is some, and serves clients in between.
///
/// Each kind has its turn, so that none holds up another.
struct BackgroundWork {
  enum Kind: CaseIterable { case grants, endings, deletions, counters, indexes, suspended }

  /// Sessions that have ended, and still own something.
  var endings: Deque<SessionEnding> = []
  /// `DEL … ALL` of very many records.
  var deletions: Deque<Deletion> = []
  /// Requests that wait for an index.
  private(set) var suspended: Deque<SuspendedRequest> = []
  /// How many of these an index that is built now may help.
  private var retries = 0
  private var latest = Kind.suspended

  /// Lets a request wait until an index is built.
  mutating func suspend(_ request: SuspendedRequest) { suspended.append(request) }

  /// An index was built: all requests that wait are tried again, each once.
  mutating func retryAll() { retries = suspended.count }

  var canRetry: Bool { retries > 0 }

  mutating func takeRetry() -> SuspendedRequest? {
    guard canRetry else { return nil }
    retries -= 1
    return suspended.popFirst()
  }

  /// The kind that is the next to have its turn, among those that have work.
  mutating func next(among kinds: (Kind) -> Bool) -> Kind? {
    let all = Kind.allCases
    let start = all.firstIndex(of: latest)! + 1  // It is one of them.
    for offset in 0..<all.count {
      let kind = all[(start + offset) % all.count]
      guard kinds(kind) else { continue }
      latest = kind
      return kind
    }
    return nil
  }
}

/// A request that has changed nothing, and is carried out again when an index is built.
struct SuspendedRequest {
  enum Body {
    case command(Command)
    case transaction([Command])
  }

  let body: Body
  let origin: Origin
}
