import Synchronization

/// The account of all that clients make the server hold, in bytes, against the memory limit: in the
/// engine, in the memory of their connections, and in the mail between event loops.
///
/// The engine refuses to grow past the limit by itself. Clients may hold what the engine leaves,
/// and always a reserve; when they hold more, the loops close connections until they do not.
///
/// To know exactly what connections hold takes a look at each of them, because the engine discards
/// records that replies keep alive. So a loop looks only when the exact sum can have reached the
/// limit: it grows at most as fast as `level`, which is cheap to know.
final class MemoryAccount: Sendable {
  /// The part of one event loop.
  final class Share: Sendable {
    /// What its connections held at its last look.
    let held = Atomic<Int>(0)
    /// The level at which it looks again.
    let nextLook: Atomic<Int>

    init(firstLook: Int) { nextLook = Atomic(firstLook) }
  }

  /// Enough for one of the largest requests.
  static let leastReserve = 8 << 20

  let limit: Int
  /// What clients may hold outside the engine, though the engine has reached the limit.
  let reserve: Int
  let shares: [Share]
  private let engine = Atomic<Int>(0)
  private let discarded = Atomic<Int>(0)
  private let connections = Atomic<Int>(0)
  private let mail = Atomic<Int>(0)

  /// - Parameter limit: nil: none.
  init(limit: Int? = nil, loops: Int) {
    self.limit = limit ?? .max
    reserve = max(Self.leastReserve, self.limit / 8)
    shares = (0..<loops).map { _ in Share(firstLook: limit == nil ? .max : 0) }
  }

  /// What a loop may hold back of mail for others: all loops together.
  var mailLimit: Int { min(reserve, 64 << 20) }

  var hasLimit: Bool { limit < .max }

  /// The engine's footprint after a step. Only with a limit is there a use for it.
  func note(footprint: Int) { engine.store(footprint, ordering: .relaxed) }

  /// The bytes of records that the engine has discarded so far, after a step.
  func note(discarded bytes: Int) { discarded.store(bytes, ordering: .relaxed) }

  func addToConnections(_ change: Int) { connections.add(change, ordering: .relaxed) }

  func addToMail(_ change: Int) { mail.add(change, ordering: .relaxed) }

  /// What the engine has discarded so far.
  var discardedBytes: Int { discarded.load(ordering: .relaxed) }

  var mailBytes: Int { mail.load(ordering: .relaxed) }

  /// Grows at least as much as `excess` does.
  var level: Int {
    engineShare + mail.load(ordering: .relaxed) + connections.load(ordering: .relaxed)
      + discarded.load(ordering: .relaxed)
  }

  /// By how much clients hold too much, as of the loops' last looks; negative: they may hold more.
  var excess: Int {
    engineShare + mail.load(ordering: .relaxed) + heldByConnections - limit
  }

  var heldByConnections: Int {
    shares.reduce(0) { $0 + $1.held.load(ordering: .relaxed) }
  }

  func isLookDue(for loop: Share) -> Bool {
    let next = loop.nextLook.load(ordering: .relaxed)
    return next < .max && level > next
  }

  /// A loop has looked: its connections hold these bytes.
  func noteLook(for loop: Share, held: Int) {
    loop.held.store(held, ordering: .relaxed)
    guard hasLimit else { return }
    // Not so soon that it looks at each request while the limit is almost reached.
    let distance = max(-excess, limit / 64, 64 << 10)
    loop.nextLook.store(level + distance, ordering: .relaxed)
  }

  /// The engine's footprint, as far as it takes from what clients may hold.
  private var engineShare: Int { min(engine.load(ordering: .relaxed), limit - reserve) }
}
