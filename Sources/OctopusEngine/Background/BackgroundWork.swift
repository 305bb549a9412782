import DequeModule
import OctopusRecords

/// What earlier steps have left to later ones, because it takes too long for one: the host gives
/// the engine the input `work` while there is some, and serves clients in between.
///
/// Each kind has its turn, so that none holds up another.
// A class, so that to look at it copies nothing; an engine never shares one.
final class BackgroundWork {
  enum Kind: CaseIterable { case grants, orphans, endings, deletions, counters, indexes, suspended }

  /// Sessions that have ended, and still own something.
  var endings: Deque<SessionEnding> = []
  /// `DEL … ALL` of very many records.
  var deletions: Deque<Deletion> = []
  /// Requests that wait for an index.
  private(set) var suspended: Deque<SuspendedRequest> = []
  /// About how many bytes these occupy.
  private(set) var footprint = 0
  /// How often the request that is carried out now has waited.
  private var tries = 0
  /// How many of these an index that is built now may help.
  private var retries = 0
  private var latest = Kind.suspended

  /// Whether indexes are being built.
  var buildsIndexes = false

  /// Lets a request wait until the index that it needs, whose building has begun, is built.
  ///
  /// - Throws: `needsIndex` if it has waited often enough, or if its session has many that wait.
  func suspend(
    _ body: SuspendedRequest.Body, _ origin: Origin
  ) throws(Failure) {
    let others = suspended.count { $0.origin.session == origin.session }
    guard tries < Self.mostTries, others < Self.mostOfSession else { throw .needsIndex }
    let request = SuspendedRequest(body: body, origin: origin, tries: tries + 1)
    suspended.append(request)
    footprint += request.footprint
    buildsIndexes = true
  }

  /// How often a request waits for an index: a query has few attributes, and one that is built may
  /// be dropped again meanwhile.
  private static let mostTries = 40
  private static let mostOfSession = 64

  /// Whether a session has a deferred request with this tag here.
  func isSuspended(_ session: SessionID, tag: [UInt8]) -> Bool {
    suspended.contains { $0.origin.session == session && $0.origin.tag == tag }
  }

  /// Drops the deferred request of a session with this tag; false if there is none.
  func drop(_ session: SessionID, tag: [UInt8]) -> Bool {
    let index = suspended.firstIndex { $0.origin.session == session && $0.origin.tag == tag }
    guard let index else { return false }
    footprint -= suspended.remove(at: index).footprint
    retries = min(retries, suspended.count)
    return true
  }

  var isNotEmpty: Bool {
    !endings.isEmpty || !deletions.isEmpty || buildsIndexes || canRetry
  }

  /// An index was built: all requests that wait are tried again, each once.
  func retryAll() { retries = suspended.count }

  var canRetry: Bool { retries > 0 }

  func takeRetry() -> SuspendedRequest? {
    guard canRetry else { return nil }
    retries -= 1
    let request = suspended.popFirst()
    footprint -= request?.footprint ?? 0
    tries = request?.tries ?? 0
    return request
  }

  /// The request that waited is carried out, or waits again.
  func endRetry() { tries = 0 }

  /// The kind that is the next to have its turn, among those that have work.
  func next(among kinds: (Kind) -> Bool) -> Kind? {
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
  let tries: Int

  var footprint: Int {
    switch body {
    case .command(let command): command.footprint
    case .transaction(let commands): commands.reduce(0) { $0 + $1.footprint }
    }
  }
}
