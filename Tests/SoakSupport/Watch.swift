import OctopusRecords

/// A trigger or a pattern subscription of one session, and its events.
struct Watch {
  struct Seen: Equatable {
    var kind: String
    var text: String
    /// Nil where it is not said.
    var revision: Int64?
    var previous: Int64?
  }

  var name: String
  var query: Query
  /// `set`, `del`, `out`.
  var kinds: Set<String> = ["set", "del", "out"]
  var isOneTime = false
  /// Changes after this revision are reported; nil where the client cannot know.
  var start: Int64?
  var seen: [Seen] = []
  /// The number of events received when a reply reflected a revision.
  var reached: [(revision: Int64, count: Int)] = []
  /// The trigger was removed or ended otherwise: no event may follow.
  var isOver = false
  /// The revision at which it was removed.
  var removedAt: Int64?

  /// The event that a change must cause; nil: none.
  func event(of change: Change) -> Seen? {
    let was = change.before.map { query.matches($0.record) } ?? false
    let isNow = change.after.map { query.matches($0) } ?? false
    guard was || isNow else { return nil }
    let kind = isNow ? "set" : change.after == nil ? "del" : "out"
    guard kinds.contains(kind) else { return nil }
    return Seen(
      kind: kind, text: change.record.description, revision: change.revision,
      previous: change.before?.revision ?? 0)
  }
}

/// Checks one watch against the store's history.
struct WatchCheck {
  let watch: Watch
  private let start: Int64
  private var told = 0
  private var claims: ArraySlice<(revision: Int64, count: Int)>
  private(set) var violation: String?

  /// Nil for a watch whose start is unknown.
  init?(_ watch: Watch) {
    guard let start = watch.start else { return nil }
    self.watch = watch
    self.start = start
    var claims = watch.reached
    if let removed = watch.removedAt { claims.append((removed, watch.seen.count)) }
    self.claims = claims.sorted { $0.revision < $1.revision }[...]
  }

  /// Whether later changes cannot concern it.
  var isDone: Bool { violation != nil || (told >= watch.seen.count && claims.isEmpty) }

  mutating func follow(_ change: Change) {
    guard violation == nil else { return }
    check(before: change.revision)
    guard change.revision > start, change.revision <= watch.removedAt ?? .max,
      !(watch.isOneTime && told > 0), let event = watch.event(of: change)
    else { return }
    if told < watch.seen.count {
      let seen = watch.seen[told]
      let isSame =
        seen.kind == event.kind && seen.text == event.text
        && (seen.revision ?? event.revision) == event.revision
        && (seen.previous ?? event.previous) == event.previous
      if !isSame { violation = "\(watch.name): told \(seen), not \(event)" }
    }
    told += 1
  }

  mutating func finish() {
    check(before: .max)
    if violation == nil, told < watch.seen.count {
      violation = "\(watch.name): told of what never was: \(watch.seen[told])"
    }
  }

  private mutating func check(before revision: Int64) {
    while violation == nil, let claim = claims.first, claim.revision < revision {
      claims.removeFirst()
      if told != claim.count {
        violation =
          "\(watch.name) '\(watch.query)': at @\(claim.revision) \(claim.count) events had come, not \(told)"
      }
    }
  }
}
