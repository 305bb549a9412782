import JournalSupport
import Logging
import OctopusEngine
import OctopusJournal
import OctopusRecords
import OctopusSystem
import TestSupport
import Testing

@testable import OctopusServer

/// Random histories of changes on a disk that fails, with power failures and killed processes, and
/// a model of what must be there afterwards.
@Suite struct JournalHistoryTests {
  @Test(arguments: SyncPolicy.allCases, 0..<4)
  func acknowledgedChangesSurviveAndStepsAreWhole(policy: SyncPolicy, part: UInt64) throws {
    var random = Random.logged(salt: part)
    for _ in 0..<60 { try History(policy, &random, faults: .init()).run() }
  }

  @Test(arguments: SyncPolicy.allCases, 0..<4)
  func acknowledgedChangesSurviveFailuresOfTheDisk(policy: SyncPolicy, part: UInt64) throws {
    var random = Random.logged(salt: part)
    let faults = SimulatedDisk.Faults(write: 0.02, sync: 0.05, names: 0.02, renames: 0.02)
    for _ in 0..<60 { try History(policy, &random, faults: faults).run() }
  }
}

extension JournalHistoryTests {
  /// After many starts the next file is due before the current one has a change.
  @Test func failedBeginningOfAFileLosesNothing() throws {
    var disk = SimulatedDisk(Random.logged())
    let mark = MemoryMark()
    let loops = Journal.Loops(wake: { _ in }, sendHeld: {})
    func start() throws -> RestoredState {
      disk = disk.afterKill()
      let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
      let server = try RestoredState(Configuration(), mark, disk, logger: logger)
      var effects: [Effect] = []
      _ = server.engine.step(.opened(1, Principal()), now: 0, for: 0, into: &effects)
      return server
    }
    func set(_ name: String, _ server: RestoredState) throws -> Bool {
      var effects: [Effect] = []
      let write = Write(try Record(parsing: name))
      let command = Command(.set(write, SetOptions()))
      _ = server.engine.step(.request(1, 1, command), now: 0, for: 0, into: &effects)
      server.journal?.write()
      if case .reply(_, _, .ok, _)? = effects.last { return true }
      return false
    }
    for number in 0..<17 { #expect(try set("r\(number)", start())) }
    let server = try start()
    var work = Journal.Work(firstPause: 0)
    disk.fail(.init(renames: 1))
    server.journal?.carryOn(&work, loops)
    disk.fail(.init())
    // Changes are refused until the fresh file is there.
    #expect(try !set("a", server))
    server.journal?.carryOn(&work, loops)
    #expect(try set("b", server))
    #expect(try start().engine.statistics.records == 18)
    #expect(try disk.list().count { FileName($0) != nil } == 2)
  }

  /// The space of the files before a base goes to the next base, and not to others.
  @Test func completeBaseLeavesSpaceForTheNext() throws {
    let disk = SimulatedDisk(Random.logged())
    var configuration = Configuration()
    configuration.journalSlack = 2_000
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let server = try RestoredState(configuration, MemoryMark(), disk, logger: logger)
    let journal = try #require(server.journal)
    var work = Journal.Work()
    journal.keepSpace(&work)
    var effects: [Effect] = []
    _ = server.engine.step(.opened(1, Principal()), now: 0, for: 0, into: &effects)
    let command = Command(.set(Write(try Record(parsing: "a { n: 1 }")), SetOptions()))
    for request in 1...100 as ClosedRange<RequestID> {
      _ = server.engine.step(.request(1, request, command), now: 0, for: 0, into: &effects)
    }
    journal.write()
    disk.limit(to: disk.byteCount + 1_000)
    journal.carryOn(&work, Journal.Loops(wake: { _ in }, sendHeld: {}))
    #expect(try disk.list().sorted() == ["base.101", "next"])
  }
}

/// A server's engine and journal, life after life, and what its clients were told.
private final class History {
  private typealias Records = [String: String]

  private let policy: SyncPolicy
  private let faults: SimulatedDisk.Faults
  private var random: Random
  private var disk: SimulatedDisk
  private let mark = MemoryMark()
  /// The lasting records after each step, by the revision of its last change.
  private var states: [Revision: Records] = [0: [:]]
  /// The highest revision that a client has seen.
  private var shown: Revision = 0
  /// The highest revision of a change that a client knows to be done.
  private var acknowledged: Revision = 0
  /// What happened, for messages.
  private var past: [String] = []

  init(_ policy: SyncPolicy, _ random: inout Random, faults: SimulatedDisk.Faults) {
    self.policy = policy
    self.faults = faults
    self.random = Random(seed: random.next())
    disk = SimulatedDisk(Random(seed: random.next()))
  }

  func run() throws {
    var required: Revision = 0
    for _ in 0..<Int.random(in: 2...5, using: &random) {
      let life = try begin(required)
      disk.fail(faults)
      for _ in 0..<Int.random(in: 0...60, using: &random) { life.go() }
      disk.fail(.init())
      // A revision without a change is nothing that the disk could have.
      let durable = life.changes.last { $0 <= life.durable } ?? life.found
      past.append(
        "durable \(durable) acknowledged \(acknowledged) failed \(life.hasFailed) "
          + "\(try disk.list().sorted())")
      if Bool.random(using: &random) {
        past.append("power failure")
        disk = disk.afterPowerFailure()
        required = policy == .always ? max(acknowledged, durable) : durable
      } else {
        disk = disk.afterKill()
        // The changes that were written before the disk failed may be lost with it.
        required = life.hasFailed ? durable : acknowledged
      }
    }
    _ = try begin(required)
  }

  /// Starts the server on what the life before has left, and compares it with the model.
  private func begin(_ required: Revision) throws -> Life {
    let place: Comment = "seed \(random.seed) \(try disk.list().sorted()) \(policy) \(past)"
    let summary = try JournalReader(disk).read { _ in }
    let revision = summary?.revision ?? 0
    #expect(revision >= required, place)
    let expected = try #require(states[revision], place)
    var configuration = Configuration()
    configuration.sync = policy
    configuration.journalSlack = 2_000
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let restored = try RestoredState(configuration, mark, disk, logger: logger)
    #expect(restored.revision >= shown, place)
    let life = Life(self, restored, expected, found: revision)
    #expect(life.recordsOfEngine() == expected, place)
    states = [revision: expected]
    states[life.revision] = expected
    acknowledged = 0
    return life
  }

  /// One run of the server.
  private final class Life {
    private unowned let history: History
    private let engine: EngineHost
    private let journal: Journal
    private var work = Journal.Work(firstPause: 0)
    private let loops = Journal.Loops(wake: { _ in }, sendHeld: {})
    private var records: Records
    private var request: RequestID = 0
    private var failures = 0
    /// Answers that were not sent yet: the revision of their change, 0 if they have none that
    /// lasts, and the revision that they are held for.
    private var unsent: [(change: Revision, hold: Revision)] = []

    /// The revision of the last change that it found.
    let found: Revision
    /// The revisions after each step that changed something.
    private(set) var changes: [Revision] = []

    init(
      _ history: History, _ restored: RestoredState, _ records: Records, found: Revision
    ) {
      self.history = history
      self.found = found
      engine = restored.engine
      journal = restored.journal!
      self.records = records
      for session: SessionID in 1...3 { _ = step(.opened(session, Principal())) }
    }

    var revision: Revision { engine.latestRevision }
    var hasFailed: Bool { journal.status.error != nil }
    var durable: Revision { journal.progress.durable.load(ordering: .relaxed) }

    func go() {
      switch Int.random(in: 0..<10, using: &history.random) {
      case 0...5: change()
      case 6...7: send()
      default:
        journal.carryOn(&work, loops)
        // A new file can begin above a revision that no change has.
        history.states[revision] = records
      }
    }

    /// The records that the engine has.
    func recordsOfEngine() -> Records {
      for case .reply(_, _, .records(let found), _) in step(ask(.find("_", Page()))) {
        return Dictionary(uniqueKeysWithValues: found.map { ($0.name, "\($0)") })
      }
      return [:]
    }

    private func ask(_ operation: OctopusEngine.Operation) -> Input {
      request += 1
      return .request(1, request, Command(operation))
    }

    private func step(_ input: Input) -> [Effect] {
      var effects: [Effect] = []
      _ = engine.step(input, now: 0, for: 0, into: &effects)
      return effects
    }

    // MARK: Changes

    private func change() {
      let before = revision
      request += 1
      if Int.random(in: 0..<6, using: &history.random) == 0 {
        // Its record ends with its session.
        let lock = Command(.lock(LockRequest(Array("l".utf8))))
        return finish(step(.request(2, request, lock)), records, lasts: false, before: before)
      }
      var after = records
      let commands = (0..<Int.random(in: 1...4, using: &history.random)).map { _ in
        Command(write(to: &after))
      }
      let input: Input =
        commands.count == 1
        ? .request(1, request, commands[0]) : .transaction(1, request, commands)
      finish(step(input), after, lasts: true, before: before)
    }

    private func write(to records: inout Records) -> OctopusEngine.Operation {
      let name = "r\(Int.random(in: 0..<6, using: &history.random))"
      // try!: both texts are correct.
      if Int.random(in: 0..<5, using: &history.random) == 0 {
        records[name] = nil
        return .delete([try! Query(parsing: name)], DeleteOptions())
      }
      let number = Int.random(in: 0..<100, using: &history.random)
      // try!: as above.
      let record = try! Record(parsing: "\(name) { n: \(number) }")
      records[name] = "\(record)"
      return .set(Write(record), SetOptions())
    }

    private func finish(
      _ effects: [Effect], _ after: Records, lasts: Bool, before: Revision
    ) {
      var hold: Revision = 0
      for effect in effects {
        if case .hold(let until) = effect { hold = until }
        if case .reply(_, _, .error, _) = effect { return }
      }
      records = after
      if revision > before { changes.append(revision) }
      history.states[revision] = records
      unsent.append((lasts && revision > before ? revision : 0, hold))
    }

    // MARK: Sending, as an event loop does it

    private func send() {
      if journal.progress.mustWrite { journal.write() }
      let failed = journal.progress.failures.load(ordering: .relaxed)
      if failed != failures {
        failures = failed
        for index in unsent.indices { unsent[index].hold = max(unsent[index].hold, revision) }
      }
      while let first = unsent.first, first.hold <= durable {
        history.acknowledged = max(history.acknowledged, first.change)
        history.shown = max(history.shown, revision)
        unsent.removeFirst()
      }
    }
  }
}

/// A mark that is always written.
private final class MemoryMark: HighWaterMarkStorage {
  private let mark = Mutex<Revision>(0)
  let path = "/simulated/revision"

  func read() throws(StorageError) -> Revision { mark.withLock { $0 } }
  func write(_ mark: Revision) throws(StorageError) { self.mark.withLock { $0 = mark } }
}
