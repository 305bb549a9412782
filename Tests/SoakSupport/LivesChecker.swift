import OctopusRecords

/// One life of a server: from its start until it was killed.
package struct Life: Sendable {
  package enum End: Sendable {
    /// The observer has seen all.
    case observed
    /// The disk has what the observer has not seen.
    case killed(DiskImage)
    /// The last changes are known to nobody.
    case unknown
  }

  /// When it began, in microseconds of the clients' clock.
  package var began: Int64
  /// The first revision that it could use.
  package var first: Int64
  package var observer: [Entry]
  package var end: End

  package init(began: Int64, first: Int64, observer: [Entry], end: End = .observed) {
    self.began = began
    self.first = first
    self.observer = observer
    self.end = end
  }
}

/// Checks what all clients saw of a server that was killed and started again, each life by itself,
/// and what must hold from life to life.
package struct LivesChecker {
  package private(set) var violations: [String] = []
  package private(set) var counts = Checker.Counts()

  /// The highest revision that anyone has seen.
  private var shown: Int64 = 0
  /// The records that the server must have at its next start; nil: nobody knows.
  private var left: StoreHistory.State? = [:]
  /// The highest numbers of sequential names that earlier lives have given, by the names' stems.
  private var numbers: [String: Int64] = [:]

  package init(_ lives: [Life], clients: [[Entry]]) {
    let sessions = clients.flatMap(SessionHistory.all)
    for (index, life) in lives.enumerated() {
      let end = index + 1 < lives.count ? lives[index + 1].began : .max
      check(life, sessions.filter { ($0.began ?? -1) >= life.began && ($0.began ?? -1) < end }) {
        "life \(index): \($0)"
      }
    }
  }

  private mutating func check(
    _ life: Life, _ sessions: [SessionHistory], _ described: (String) -> String
  ) {
    var image: DiskImage?
    if case .killed(let disk) = life.end { image = disk }
    let store = StoreHistory(life.observer, disk: image)
    var found = restorationViolations(store)
    if min(life.first, store.start + 1) <= shown {
      found.append("revisions begin at \(life.first), and @\(shown) was seen before")
    }
    shown = max(shown, store.end, sessions.map(\.highest).max() ?? 0)
    left = store.state
    if case .unknown = life.end {
      left = nil
    } else {
      let checker = Checker(store, sessions)
      found += checker.violations
      counts += checker.counts
    }
    found += numberViolations(store, sessions)
    violations += found.map(described)
  }

  /// Records of sessions are gone, and all others are there.
  private func restorationViolations(_ store: StoreHistory) -> [String] {
    var found: [String] = []
    for (record, _) in store.restored.values where record.endsWithItsSession {
      found.append("it has outlived its session: \(record)")
    }
    guard let left else { return found }
    for (name, (record, revision)) in left where !record.endsWithItsSession {
      guard let restored = store.restored[name] else {
        found.append("@\(revision) is lost: \(record)")
        continue
      }
      if restored != (record, revision) {
        found.append("@\(revision) \(record) has become @\(restored.revision) \(restored.record)")
      }
    }
    for (name, (record, _)) in store.restored where left[name] == nil {
      found.append("it was not there before the start: \(record)")
    }
    return found
  }

  /// No number of a sequential name comes twice.
  private mutating func numberViolations(
    _ store: StoreHistory, _ sessions: [SessionHistory]
  ) -> [String] {
    var found: [String] = []
    var highest = numbers
    var created: Set<String> = []
    func note(_ name: String) {
      guard let (stem, number) = Self.parts(of: name) else { return }
      if number <= numbers[stem] ?? -1 { found.append("\(name) comes again after a start") }
      highest[stem] = max(highest[stem] ?? -1, number)
    }
    for change in store.changes where change.before == nil {
      let name = change.record.name
      if Self.parts(of: name) != nil, !created.insert(name).inserted {
        found.append("@\(change.revision): \(name) comes again")
      }
      note(name)
    }
    for write in sessions.flatMap({ $0.written + $0.transactions.flatMap(\.writes) }) {
      switch write.effect {
      case .numbered(let name), .joined(let name): note(name)
      default: break
      }
    }
    numbers = highest
    return found
  }

  /// The stem of a sequential name, and its number.
  private static func parts(of name: String) -> (stem: String, number: Int64)? {
    guard let mark = name.lastIndex(of: "_"), let number = Int64(name[name.index(after: mark)...])
    else { return nil }
    return (String(name[...mark]), number)
  }
}

extension Record {
  /// Whether it is a record of a session, as the workers mark theirs.
  fileprivate var endsWithItsSession: Bool { self["life"]?.text == "transient" }
}
