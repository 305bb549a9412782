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
    for _ in 0..<60 { try JournalHistory(policy, &random, .init()).run() }
  }

  @Test(arguments: SyncPolicy.allCases, 0..<4)
  func acknowledgedChangesSurviveFailuresOfTheDisk(policy: SyncPolicy, part: UInt64) throws {
    var random = Random.logged(salt: part)
    let faults = SimulatedDisk.Faults(write: 0.02, sync: 0.05, names: 0.02, renames: 0.02)
    for _ in 0..<60 { try JournalHistory(policy, &random, .init(faults: faults)).run() }
  }
}

extension JournalHistoryTests {
  /// Nothing is lost, only what grows is refused, and all is accepted again when there is space.
  @Test(arguments: SyncPolicy.allCases)
  func fullDiskRefusesOnlyGrowth(policy: SyncPolicy) throws {
    var random = Random.logged(salt: 10)
    for _ in 0..<10 { try JournalHistory(policy, &random, .init(isFullAtTimes: true)).run() }
  }

  @Test(arguments: SyncPolicy.allCases)
  func acknowledgedChangesSurviveAFullDiskThatFails(policy: SyncPolicy) throws {
    var random = Random.logged(salt: 20)
    let faults = SimulatedDisk.Faults(write: 0.02, sync: 0.05, names: 0.02, renames: 0.02)
    for _ in 0..<10 {
      try JournalHistory(policy, &random, .init(faults: faults, isFullAtTimes: true)).run()
    }
  }

  /// A start refuses a journal with another bit, unless nothing says that the disk had it: then it
  /// goes on from a state that was.
  @Test(arguments: SyncPolicy.allCases)
  func changedBitIsRefusedOrNothingButATornEnd(policy: SyncPolicy) throws {
    var random = Random.logged(salt: 30)
    for _ in 0..<20 { try JournalHistory(policy, &random, .init(changesBits: true)).run() }
  }

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
