import OctopusMatching
import OctopusRecords

@testable import OctopusEngine

/// An engine on a bench: inputs in, lines of text out.
struct Bench: ~Copyable {
  var engine: Engine
  var now: Instant = 0
  private var lastRequest: RequestID = 0

  /// With sessions 1 to `sessions` open.
  init(
    _ bounds: Bounds = Bounds(), sessions: Int64 = 3, changeLog: (any ChangeLog)? = nil
  ) {
    engine = Engine(changeLog: changeLog, bounds)
    for session in 0..<sessions {
      _ = step(.opened(session + 1, Principal(userID: UInt32(session + 1))))
    }
  }

  mutating func step(_ input: Input) -> [String] {
    var effects: [Effect] = []
    engine.step(input, now: now, into: &effects)
    return effects.map(\.line)
  }

  /// What the session is answered, and what else follows, changes left out.
  mutating func ask(_ session: SessionID, _ operation: Operation) -> [String] {
    ask(session, Command(operation))
  }

  mutating func ask(_ session: SessionID, _ command: Command) -> [String] {
    lastRequest += 1
    return step(.request(session, lastRequest, command))
  }

  mutating func ask(_ session: SessionID, _ operations: [Operation]) -> [String] {
    lastRequest += 1
    return step(.transaction(session, lastRequest, operations.map { Command($0) }))
  }

  /// What the first trigger for a query adds to each change.
  func work(of query: Query) -> Int { engine.watches.work(of: query, MatchAccount()) }

  /// The records that match, in natural order of their names.
  func records(_ query: Query) throws -> [Record] { try engine.matches(query) }

  mutating func set(_ session: SessionID, _ write: Write, transient: Bool = false) {
    _ = ask(session, .set(write, SetOptions(isTransient: transient)))
  }
}
