import DequeModule
import OctopusEngine

/// What an event loop has yet to do for others: effects to deliver, and then tasks to run.
struct Mailbox: Sendable {
  /// In step order. Only recipients on this loop count.
  var effects: [Effect] = []
  private var tasks: Deque<EventLoop.Task> = []

  var isEmpty: Bool { effects.isEmpty && tasks.isEmpty }

  /// Whether it takes little time: a few effects for a few connections.
  var isShort: Bool {
    let few = 4
    return tasks.isEmpty && effects.count <= few
      && effects.allSatisfy { effect in
        switch effect {
        case .event(_, let deliveries): deliveries.count <= few
        case .message(_, let subscribers, _): subscribers.count <= few
        case .reply, .deferred, .overflow, .change: true
        }
      }
  }

  mutating func append(_ task: @escaping EventLoop.Task) { tasks.append(task) }

  mutating func takeTask() -> EventLoop.Task? { tasks.popFirst() }

  /// Moves the effects to the end of `other`.
  mutating func takeEffects(into other: inout [Effect]) {
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
