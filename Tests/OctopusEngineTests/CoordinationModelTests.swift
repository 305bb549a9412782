import Generators
import OctopusRecords
import Testing

@testable import OctopusEngine

/// Long random histories of locks, semaphores and barriers: every effect of every step is that of
/// the reference model.
@Suite struct CoordinationModelTests {
  @Test(arguments: 0..<8)
  func randomHistoriesAgreeWithTheReferenceModel(part: UInt64) {
    let seed = Random().seed &+ part
    var history = CoordinationHistory(Random(seed: seed), kinds: part % 4)
    let recorder = ChangeRecorder()
    var engine = Engine(changeLog: recorder)
    var model = NaiveCoordination()
    var missed = CoordinationHistory.outcomes(part % 4)
    var step = 0
    // A history goes on until each outcome has occurred, however rare it is with this seed.
    while step < 3_000 || !missed.isEmpty && step < 100_000 {
      step += 1
      let input = history.next(model)
      var effects: [Effect] = []
      engine.step(input, now: history.now, into: &effects)
      let expected = model.step(input, now: history.now).map(\.line)
      // The model notes no counters; RestoringTests are about them.
      let lines = recorder.takeChanges().map(\.line) + effects.map(\.line)
      let wanted = model.takeSeen().map(\.line) + expected
      guard lines == wanted else {
        Issue.record("seed \(seed), step \(step): \(input)\ngot \(lines)\nnot \(wanted)")
        return
      }
      for effect in effects { missed.remove(effect.outcome) }
      let statistics = engine.statistics
      guard statistics.waits == model.waits.count, statistics.records == model.records.count else {
        Issue.record("seed \(seed), step \(step): \(input)\n\(statistics)\n\(model)")
        return
      }
    }
    #expect(missed.isEmpty, "seed \(seed): a history without \(missed)")
    finish(&engine, &history, seed)
  }

  /// When everyone has gone nothing is left but semaphores.
  private func finish(
    _ engine: inout Engine, _ history: inout CoordinationHistory, _ seed: UInt64
  ) {
    var effects: [Effect] = []
    for session in history.open { engine.step(.ended(session), now: history.now, into: &effects) }
    let statistics = engine.statistics
    let left = statistics.locks + statistics.barriers + statistics.waits
    #expect(left == 0 && statistics.transientRecords == 0, "seed \(seed): \(statistics)")
    #expect(engine.queues.memberCount == 0, "seed \(seed)")
    #expect(engine.watches.isEmpty && engine.waits.footprint == 0, "seed \(seed)")
  }
}

/// Random inputs of several sessions that contend for a few names.
struct CoordinationHistory {
  private var random: Random
  private(set) var now: Instant = 0
  private(set) var open: [SessionID] = []
  private var lastSession: SessionID = 0
  private var lastRequest: RequestID = 0
  /// 0: locks, 1: semaphores, 2: barriers, 3: all of them.
  private let kinds: UInt64

  init(_ random: Random, kinds: UInt64) {
    self.random = random
    self.kinds = kinds
  }

  /// What a history that is long enough must have seen.
  static func outcomes(_ kinds: UInt64) -> Set<String> {
    let all: [Set<String>] = [
      [
        "grant", "[…]", "0", "1", "null", "QUEUED", "-BUSY", "-GONE", "-NOPERM", "-MISMATCH",
        "deferred grant",
      ],
      [
        "0", "1", "OK", "null", "-BUSY", "-GONE", "-NOSEM", "-LIMIT", "deferred 1", "deferred null",
      ],
      [
        "name", "OK", "null", "-BUSY", "-BROKEN", "-NOTHELD", "-GONE", "deferred name",
        "deferred OK",
      ],
      ["grant", "[…]", "name", "OK", "1", "0", "null", "-BUSY", "-GONE", "QUEUED"],
    ]
    return all[Int(kinds)]
  }

  mutating func next(_ model: NaiveCoordination) -> Input {
    now += chance(3) ? Int64.random(in: 0...4, using: &random) : 0
    guard !open.isEmpty, !(open.count < 7 && chance(10)) else {
      lastSession += 1
      open.append(lastSession)
      return .opened(lastSession, Principal())
    }
    if chance(50) { return .ended(open.remove(at: Int.random(in: open.indices, using: &random))) }
    if chance(40) { return .tick }
    lastRequest += 1
    let session = pick(open)
    if chance(15), let wait = model.waits.randomElement(using: &random) {
      return cancellation(wait)
    }
    if chance(20) {
      let count = Int.random(in: 1...4, using: &random)
      return .transaction(session, lastRequest, (0..<count).map { _ in Command(harmless(model)) })
    }
    let operation = chance(9) ? harmless(model) : operation()
    let isDeferred = operation.traits.contains(.blocking) && chance(2)
    let tag: [UInt8]? = isDeferred ? Array("t\(pick([1, 2, 3, 4]))".utf8) : nil
    return .request(session, lastRequest, Command(operation, deferTag: tag))
  }

  private mutating func cancellation(_ wait: NaiveCoordination.Waiting) -> Input {
    switch wait.handle {
    case .request(let request): .cancelled(wait.session, request)
    case .tag(let tag): .request(wait.session, lastRequest, Command(.cancel(tag: tag)))
    }
  }

  /// What may stand in a transaction.
  private mutating func harmless(_ model: NaiveCoordination) -> OctopusEngine.Operation {
    switch Int.random(in: 0..<7, using: &random) {
    case 0, 1:
      let names = model.records.keys.sorted()
      return .delete([exactly(names.isEmpty ? "none" : pick(names))], DeleteOptions())
    case 2 where kinds != 1 && kinds != 2:
      let mode = pick(["", "", ", mode: shared", ", mode: 'exclusive'", ", mode: odd"])
      let record = try! Record(parsing: "l_ { lock: 'l'\(mode) }")  // It is a record.
      return .setSequential(record, SetSequentialOptions(isTransient: !chance(6)))
    case 3: return .postPermits(permits())
    case 4: return .newSemaphore(name("s"), permits: pick([2, 2, 3]))
    case 5 where !model.members.isEmpty:
      return .set(Write(try! Record(parsing: pick(model.members).name)), SetOptions())  // As above.
    case 6 where chance(4):
      return .delete(
        [try! Query(parsing: "_ { \(pick(["lock", "semaphore", "barrier"])): _ }")],
        DeleteOptions(deletesAll: true))  // As above.
    default: return .unlock(name("l"), task: who())
    }
  }

  private mutating func operation() -> OctopusEngine.Operation {
    switch kinds == 3 ? UInt64.random(in: 0..<3, using: &random) : kinds {
    case 0:
      if chance(3) { return .unlock(name("l"), task: who()) }
      return .lock(
        LockRequest(
          name("l"), isShared: chance(2), task: who(), timeoutMilliseconds: timeout()))
    case 1:
      switch Int.random(in: 0..<6, using: &random) {
      case 0: return .tryPermits(permits())
      case 1, 2: return .postPermits(permits(timeout: nil))
      case 3: return .newSemaphore(name("s"), permits: 2)
      default: return .takePermits(permits(timeout: timeout()))
      }
    default:
      let request = BarrierRequest(
        name("b"), parties: pick([1, 2, 3, 3, 3, 3]), task: who(), timeoutMilliseconds: timeout())
      return chance(2) ? .enterBarrier(request) : .leaveBarrier(request)
    }
  }

  private mutating func permits(timeout: Int64? = 0) -> PermitRequest {
    PermitRequest(
      name("s"), pick([1, 1, 1, 2, 3]), task: who(), consumes: chance(5),
      timeoutMilliseconds: timeout)
  }

  private mutating func timeout() -> Int64? {
    chance(2) ? nil : chance(3) ? 0 : Int64.random(in: 1...30, using: &random)
  }

  /// One of two.
  private mutating func name(_ stem: String) -> [UInt8] {
    Array((chance(6) ? stem + stem : stem).utf8)
  }

  private mutating func who() -> [UInt8] { Array(pick(["", "", "x"]).utf8) }

  private func exactly(_ name: String) -> Query {
    Array(name.utf8).withUnsafeBufferPointer { Query(exactName: $0) }
  }

  private mutating func chance(_ oneIn: Int) -> Bool {
    Int.random(in: 0..<oneIn, using: &random) == 0
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &random)]
  }
}

extension Effect {
  /// What sort of answer it is.
  fileprivate var outcome: String {
    switch self {
    case .reply(_, _, let reply, _): reply.sort
    case .deferred(_, _, .error(let failure), _): "-\(failure.code.rawValue)"
    case .deferred(_, _, let reply, _): "deferred \(reply.sort)"
    default: "change"
    }
  }
}

extension Reply {
  fileprivate var sort: String {
    switch self {
    case .array: "[…]"
    case .grant: "grant"
    case .name: "name"
    default: line
    }
  }
}
