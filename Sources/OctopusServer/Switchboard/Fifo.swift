import OctopusEngine

/// What an event loop has yet to do, in order: effects for its connections and, rarely, another loop's
/// errands.
struct Fifo: Sendable {
  typealias Errand = @Sendable (Loop) -> Void

  /// Of each only the recipients that live on this loop count.
  var effects: [Effect] = []
  /// Each stands before the effect of that number.
  private(set) var errands: [(place: Int, errand: Errand)] = []

  var isEmpty: Bool { effects.isEmpty && errands.isEmpty }

  /// Whether it is quickly delivered: a few effects for a few connections.
  var isSmall: Bool {
    let few = 4
    return errands.isEmpty && effects.count <= few
      && effects.allSatisfy { effect in
        switch effect {
        case .event(_, let deliveries): deliveries.count <= few
        case .message(_, let subscribers, _): subscribers.count <= few
        case .reply, .deferred, .overflow, .change: true
        }
      }
  }

  /// Takes the one effect, if there is but one and nothing else.
  mutating func takeOnly() -> Effect? {
    effects.count == 1 && errands.isEmpty ? effects.removeLast() : nil
  }

  mutating func append(_ errand: @escaping Errand) { errands.append((effects.count, errand)) }

  /// Moves everything to the end of `other`.
  mutating func empty(into other: inout Fifo) {
    if other.isEmpty {
      // The two change places: neither is ever allocated anew.
      swap(&self, &other)
      return
    }
    other.errands += errands.map { ($0.place + other.effects.count, $0.errand) }
    other.effects += effects
    removeAll()
  }

  mutating func removeAll() {
    effects.removeAll(keepingCapacity: true)
    if !errands.isEmpty { errands.removeAll() }
  }
}

/// The loop that a session or a client lives on can be told from its number, so that nothing needs
/// to be looked up to reach it.
enum Home {
  /// Also for a number that a client has made up: any number has a loop.
  static func loop(of id: Int64, among loops: Int) -> Int {
    loops == 1 ? 0 : Int(UInt64(bitPattern: id) % UInt64(loops))
  }

  /// The `serial`-th number, from 1, on this loop. Never 0.
  static func id(serial: Int64, on loop: Int, among loops: Int) -> Int64 {
    serial * Int64(loops) + Int64(loop)
  }
}
