import JournalSupport
import Logging
import OctopusEngine
import OctopusJournal
import OctopusRecords
import OctopusSystem
import TestSupport
import Testing

@testable import OctopusServer

/// Troubles of the disk in a history, besides power failures and killed processes.
struct Troubles {
  var faults = SimulatedDisk.Faults()
  var isFullAtTimes = false
  /// Whether each start is tried with another bit on the disk, too.
  var changesBits = false
}

/// A server's engine and journal, life after life, and what its clients were told.
final class JournalHistory {
  private typealias Records = [String: String]

  private let policy: SyncPolicy
  private let troubles: Troubles
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

  init(_ policy: SyncPolicy, _ random: inout Random, _ troubles: Troubles) {
    self.policy = policy
    self.troubles = troubles
    self.random = Random(seed: random.next())
    disk = SimulatedDisk(Random(seed: random.next()))
  }

  func run() throws {
    var required: Revision = 0
    for _ in 0..<Int.random(in: 2...5, using: &random) {
      let life = try begin(required)
      disk.fail(troubles.faults)
      // Setting space aside lasts for a while.
      let most = troubles.isFullAtTimes ? 200 : 60
      for _ in 0..<Int.random(in: 0...most, using: &random) { life.go() }
      disk.fail(.init())
      if troubles.isFullAtTimes, random.once(in: 2) { life.expectRecovery() }
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

  private var place: Comment {
    "seed \(random.seed) \((try? disk.list().sorted()) ?? []) \(policy) \(past)"
  }

  /// Starts the server on what the life before has left, and compares it with the model.
  private func begin(_ required: Revision) throws -> Life {
    let summary = try JournalReader(disk).read { _ in }
    let revision = summary?.revision ?? 0
    #expect(revision >= required, place)
    let expected = try #require(states[revision], place)
    if troubles.changesBits, let summary { for _ in 0..<3 { try startWithAnotherBit(summary) } }
    let (restored, isTight) = try start()
    #expect(restored.revision >= shown, place)
    let life = Life(self, restored, expected, found: revision, isTight: isTight)
    #expect(life.recordsOfEngine() == expected, place)
    states = [revision: expected]
    states[life.revision] = expected
    acknowledged = 0
    return life
  }

  private func start(
    on disk: SimulatedDisk, _ mark: MemoryMark
  ) throws(StartupError) -> RestoredState {
    var configuration = Configuration()
    configuration.sync = policy
    configuration.journalSlack = 2_000
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    return try RestoredState(configuration, mark, disk, logger: logger)
  }

  /// Starts the server, sometimes on a disk that has hardly any space.
  private func start() throws -> (RestoredState, isTight: Bool) {
    guard troubles.isFullAtTimes, random.once(in: 4) else {
      return (try start(on: disk, mark), false)
    }
    let space = Int.random(in: 0...1_000, using: &random)
    past.append("start with \(space) bytes")
    disk.limit(to: disk.writtenByteCount + space)
    do throws(StartupError) { return (try start(on: disk, mark), true) } catch {
      guard case .storage(let error) = error, error.isFullDisk else { throw error }
      past.append("\(error)")
    }
    disk.limit(to: nil)
    return (try start(on: disk, mark), false)
  }

  /// Starts the server on a copy of the disk where a bit is another one.
  private func startWithAnotherBit(_ summary: JournalReader.Summary) throws {
    let (name, size) = random.pick(summary.files)
    let known = bytesKnownToBeSynced(of: name, summary)
    let copy = disk.copy()
    // Mostly where it must be noticed.
    let end = known > 0 && !random.once(in: 4) ? known : size
    let offset = Int.random(in: 0..<end, using: &random)
    copy["\(name)"]![offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)  // It was read.
    let place: Comment = "\(place) byte \(offset) of \(name), \(known) are known"
    let files = Set(try copy.list())
    do {
      let found = try JournalReader(copy).read { _ in }?.revision ?? 0
      let restored = try start(on: copy, MemoryMark())
      #expect(offset >= known, place)
      let life = Life(self, restored, [:], found: found, isTight: false)
      #expect(life.recordsOfEngine() == states[found], place)
    } catch is StorageError {
      // Nothing is deleted.
      #expect(throws: StartupError.self, place) { try start(on: copy, MemoryMark()) }
      #expect(files.subtracting(try copy.list()).subtracting(["next"]).isEmpty, place)
    }
  }

  /// How many bytes of a file its later entries, or later files, say to be on the disk.
  private func bytesKnownToBeSynced(
    of name: FileName, _ summary: JournalReader.Summary
  ) -> Int {
    let later = summary.files.drop { $0.name != name }.dropFirst()
    if later.contains(where: { header(of: $0.name).contains("before=synced") }) {
      return disk["\(name)"]?.count ?? 0
    }
    let bytes = disk["\(name)"] ?? []
    var offset = header(of: name).utf8.count + 1
    var known = 0
    while offset + 32 <= bytes.count {
      let words = String(decoding: bytes[offset..<(offset + 32)], as: UTF8.self)
        .dropFirst().split(separator: " ")
      guard words.count == 3, let length = Int(words[0], radix: 16),
        let synced = Int(words[1], radix: 16), offset + 32 + length <= bytes.count
      else { break }
      known = max(known, synced)
      offset += 32 + length
    }
    return known
  }

  private func header(of name: FileName) -> String {
    String(decoding: (disk["\(name)"] ?? []).prefix { $0 != 10 }, as: UTF8.self)
  }

  /// One run of the server.
  private final class Life {
    private unowned let history: JournalHistory
    private let engine: EngineHost
    private let journal: Journal
    private var work = Journal.Work(firstPause: 0, spacePause: 0)
    /// Whether the disk had hardly any space when it began.
    private let isTight: Bool
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
      _ history: JournalHistory, _ restored: RestoredState, _ records: Records, found: Revision,
      isTight: Bool
    ) {
      self.history = history
      self.found = found
      engine = restored.engine
      journal = restored.journal!
      self.records = records
      self.isTight = isTight
      // As a server does before it serves.
      if history.troubles.isFullAtTimes { journal.keepSpace(&work) }
      for session: SessionID in 1...3 { _ = step(.opened(session, Principal())) }
    }

    var revision: Revision { engine.latestRevision }
    var hasFailed: Bool { journal.status.error != nil }
    var durable: Revision { journal.progress.durable.load(ordering: .relaxed) }

    func go() {
      if history.troubles.isFullAtTimes, history.random.once(in: 40) { fillOrFree() }
      switch Int.random(in: 0..<10, using: &history.random) {
      case 0...5: change()
      case 6...7: send()
      default: carryOn()
      }
    }

    private func carryOn() {
      journal.carryOn(&work, loops)
      // A new file can begin above a revision that no change has.
      history.states[revision] = records
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
      // Where space is scarce, a loop writes each change, and the thread keeps up with it.
      defer { if history.troubles.isFullAtTimes { writeInReservedSpace() } }
      if journal.status.isFull { expectOnlyGrowthIsRefused() }
      let before = revision
      request += 1
      if Int.random(in: 0..<6, using: &history.random) == 0 {
        // Its record ends with its session.
        let lock = Command(.lock(LockRequest(Array("l".utf8))))
        finish(step(.request(2, request, lock)), records, lasts: false, before: before)
        return
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
      let record = try! Record(parsing: "\(name) { n: \(number)\(text()) }")
      records[name] = "\(record)"
      return .set(Write(record), SetOptions())
    }

    /// On a disk that can be full, records have something to grow with.
    private func text() -> String {
      guard history.troubles.isFullAtTimes else { return "" }
      let count = Int.random(in: 0...6_000, using: &history.random)
      return ", text: '\(String(repeating: "x", count: count))'"
    }

    /// False if it was refused.
    @discardableResult
    private func finish(
      _ effects: [Effect], _ after: Records, lasts: Bool, before: Revision
    ) -> Bool {
      var hold: Revision = 0
      for effect in effects {
        if case .hold(let until) = effect { hold = until }
        if case .reply(_, _, .error, _) = effect { return false }
      }
      records = after
      if revision > before { changes.append(revision) }
      history.states[revision] = records
      unsent.append((lasts && revision > before ? revision : 0, hold))
      return true
    }

    // MARK: A full disk

    /// Whether the disk has nothing worse than no space, and what was set aside before must do.
    private var isSound: Bool { history.troubles.faults.isNone && !isTight }

    private func writeInReservedSpace() {
      let wasSound = isSound
      let failures = journal.progress.failures.load(ordering: .relaxed)
      journal.write()
      if wasSound {
        #expect(journal.progress.failures.load(ordering: .relaxed) == failures, history.place)
      }
      carryOn()
    }

    private func fillOrFree() {
      let isFull = history.random.once(in: 2)
      let space = Int.random(in: 0...50_000, using: &history.random)
      history.past.append(isFull ? "\(space) bytes left" : "space")
      history.disk.limit(to: isFull ? history.disk.byteCount + space : nil)
    }

    private func expectOnlyGrowthIsRefused() {
      #expect(!setNew(), history.place)
      guard isSound, let name = records.keys.sorted().randomElement(using: &history.random) else {
        return
      }
      var after = records
      let before = revision
      let isDeletion = history.random.once(in: 5)
      if isDeletion { after[name] = nil }
      // try!: both texts are correct.
      let operation: OctopusEngine.Operation =
        isDeletion
        ? .delete([try! Query(parsing: name)], DeleteOptions())
        : .set(Write(try! Record(parsing: records[name] ?? "")), SetOptions())
      let isDone = finish(step(ask(operation)), after, lasts: true, before: before)
      #expect(isDone, history.place)
    }

    /// There is space again: all is accepted.
    func expectRecovery() {
      history.disk.limit(to: nil)
      // One for a fresh file, if the journal has failed, and one for its space.
      for _ in 0..<2 { carryOn() }
      #expect(!journal.status.isFull && !hasFailed, history.place)
      #expect(setNew(), history.place)
      carryOn()
    }

    /// Sets a new record; false if it is refused.
    private func setNew() -> Bool {
      let name = "new\(revision)"
      var after = records
      // try!: the text is correct.
      let record = try! Record(parsing: "\(name) { n: 1 }")
      after[name] = "\(record)"
      let before = revision
      return finish(
        step(ask(.set(Write(record), SetOptions()))), after, lasts: true, before: before)
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
