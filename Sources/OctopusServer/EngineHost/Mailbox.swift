import DequeModule
import OctopusEngine

/// What an event loop has yet to do for others: effects to deliver, and then tasks to run.
struct Mailbox: Sendable {
  /// In step order. Only recipients on this loop count.
  var effects: [Effect] = []
  /// What the effects that other loops have left occupy.
  private(set) var bytes = 0
  private var tasks: Deque<EventLoop.Task> = []
  /// The latest effects are held until this revision is on the disk.
  private var hold: Revision = 0

  var isEmpty: Bool { effects.isEmpty && tasks.isEmpty }

  /// Whether it takes little time: a few effects for a few connections.
  var isShort: Bool {
    let few = 4
    return tasks.isEmpty && effects.count <= few
      && effects.allSatisfy { effect in
        switch effect {
        case .event(_, let deliveries): deliveries.count <= few
        case .message(_, let subscribers, _): subscribers.count <= few
        case .reply, .deferred, .overflow, .hold: true
        }
      }
  }

  /// The next effects are held until this revision is on the disk. Returns the effect that says so;
  /// nil: the latest are held so already.
  @inline(__always)
  mutating func changeHold(to revision: Revision) -> Effect? {
    guard revision != hold || revision > 0 else { return nil }
    hold = revision
    return .hold(until: revision)
  }

  /// Holds all effects that wait here.
  mutating func hold(until revision: Revision) {
    hold = revision
    guard !effects.isEmpty else { return }
    effects.removeAll { if case .hold = $0 { true } else { false } }
    effects.insert(.hold(until: revision), at: 0)
  }

  mutating func append(_ task: @escaping EventLoop.Task) { tasks.append(task) }

  mutating func takeTask() -> EventLoop.Task? { tasks.popFirst() }

  /// Adds to `bytes` what an effect occupies that another loop leaves. Returns it.
  mutating func count(_ effect: Effect) -> Int {
    let size = effect.footprint
    bytes += size
    return size
  }

  /// Moves the effects to the end of `other`.
  mutating func takeEffects(into other: inout [Effect]) {
    bytes = 0
    if other.isEmpty {
      // Exchanged: neither array is ever allocated again.
      swap(&effects, &other)
    } else if !effects.isEmpty {
      other += effects
      effects.removeAll(keepingCapacity: true)
    }
  }

  /// Moves everything to the end of `other`.
  mutating func take(into other: inout Mailbox) {
    takeEffects(into: &other.effects)
    if tasks.isEmpty { return }
    other.tasks.append(contentsOf: tasks)
    tasks.removeAll()
  }
}

// A mailbox that its loop does not empty.
extension Mailbox {
  /// Replaces the effects for the sessions that have most by `overflow`, which ends those sessions,
  /// until all effects occupy no more than this.
  mutating func endLargestSessions(downTo limit: Int) {
    while bytes > limit {
      let sizes = bytesBySession()
      var rest = sizes.values.reduce(0, +)
      var ended: Set<SessionID> = []
      for (session, size) in sizes.sorted(by: { ($0.value, $0.key) > ($1.value, $1.key) }) {
        guard rest > limit else { break }
        ended.insert(session)
        rest -= size
      }
      guard !ended.isEmpty else { return }
      effects = effects.compactMap { $0.without(ended) }
      bytes = effects.reduce(0) { $0 + $1.footprint }
      effects += ended.sorted().map { Effect.overflow($0, .events) }
    }
  }

  /// The sessions of an effect share what it occupies.
  private func bytesBySession() -> [SessionID: Int] {
    effects.reduce(into: [:]) { sizes, effect in
      let sessions = effect.sessions
      for session in sessions { sizes[session, default: 0] += effect.footprint / sessions.count }
    }
  }
}

extension Effect {
  /// Its recipients; none for one that ends a session.
  fileprivate var sessions: [SessionID] {
    switch self {
    case .reply(let session, _, _, _), .deferred(let session, _, _, _): [session]
    case .event(_, let deliveries): deliveries.map(\.session)
    case .message(_, let subscribers, _): subscribers.map(\.session)
    case .overflow, .hold: []
    }
  }

  /// The effect for the other recipients; nil if there are none.
  fileprivate func without(_ ended: Set<SessionID>) -> Effect? {
    switch self {
    case .reply(let session, _, _, _), .deferred(let session, _, _, _):
      return ended.contains(session) ? nil : self
    case .event(let event, let deliveries):
      let rest = deliveries.filter { !ended.contains($0.session) }
      return rest.isEmpty ? nil : .event(event, rest)
    case .message(let record, let subscribers, let revision):
      let rest = subscribers.filter { !ended.contains($0.session) }
      return rest.isEmpty ? nil : .message(record, rest, revision)
    case .overflow, .hold:
      return self
    }
  }
}
