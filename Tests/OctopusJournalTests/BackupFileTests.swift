import JournalSupport
import OctopusEngine
import OctopusRecords
import TestSupport
import Testing

@testable import OctopusJournal

/// A backup is whole, or refused.
@Suite struct BackupFileTests {
  private let disk = SimulatedDisk(Random(seed: 1))

  /// The bytes of a small backup.
  private func backup() throws -> [UInt8] {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    try writer.set("a { n: 1 }", 1)
    try writer.begin(
      try JournalWriter.prepareFile(on: disk, reserve: 0), reserved: 0, after: 1)
    try writer.writeBase(records: [Change.Stored("a { n: 1 }", 1)])
    // Changes may stand between the parts of the state.
    try writer.set("b", 2)
    try writer.writeBase(records: [Change.Stored("b", 2)], counters: [(Array("c".utf8), 7)])
    try writer.endBase(records: 2, firstNumber: 3)
    let base = try #require(writer.base)
    #expect(base.revision == 2)
    try writer.set("later", 3)
    return Array(try #require(disk["log.2"])[..<base.byteCount])
  }

  private func file(_ bytes: [UInt8]) throws -> BackupFile {
    disk["backup"] = bytes
    return BackupFile(try disk.open("backup"), path: "backup")
  }

  @Test func restoredJournalHasTheSameStateAndAnotherStore() throws {
    let backup = try file(try backup())
    let contents = try backup.read()
    #expect(contents.revision == 2 && contents.records.all == 2)
    let target = SimulatedDisk(Random(seed: 2))
    let store = try backup.restore(contents, to: target)
    var items: [String] = []
    let read = try JournalReader(target).read { items.append($0.line) }
    let summary = try #require(read)
    #expect(summary.store == store && store != contents.store)
    #expect(summary.revision == 2 && summary.cuts.isEmpty && summary.files.count == 1)
    var original: [String] = []
    _ = try JournalReader(disk).read { original.append($0.line) }
    #expect(items == original.dropFirst(2).dropLast())
    // It survives a power failure, and no second one is put beside it.
    #expect(try JournalReader(target.afterPowerFailure()).read { _ in }?.revision == 2)
    #expect(throws: StorageError.self) { try backup.restore(contents, to: target) }
  }

  @Test func everyFlippedBitIsRefused() throws {
    let whole = try backup()
    for offset in whole.indices {
      for bit in 0..<8 {
        var bytes = whole
        bytes[offset] ^= 1 << bit
        #expect(throws: StorageError.self, "\(offset)") { try file(bytes).read() }
      }
    }
  }

  @Test func everyTruncationAndAnyAppendedByteAreRefused() throws {
    let whole = try backup()
    for length in 0..<whole.count {
      #expect(throws: StorageError.self, "\(length)") { try file(Array(whole[..<length])).read() }
    }
    for byte: UInt8 in [0, 10, 64] {
      #expect(throws: StorageError.self) { try file(whole + [byte]).read() }
    }
    // A file that goes on after its base is no backup: it could lack its end unnoticed.
    let longer = try #require(disk["log.2"])
    #expect(longer.count > whole.count)
    #expect(throws: StorageError.self) { try file(longer).read() }
  }

  @Test func stateWithAnotherNumberOfRecordsThanItStatesIsRefused() throws {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    try writer.begin(
      try JournalWriter.prepareFile(on: disk, reserve: 0), reserved: 0, after: 1)
    try writer.writeBase(records: [Change.Stored("a", 1)])
    try writer.endBase(records: 2, firstNumber: 0)
    let error = #expect(throws: StorageError.self) {
      try file(try #require(disk["log.2"])).read()
    }
    #expect(
      error?.description
        == "backup is damaged: it states 2 records at the end of a state, and has 1")
  }

  /// After any failure there is no journal, or a whole one.
  @Test func failuresWhileRestoringLeaveNothingOrAll() throws {
    let backup = try file(try backup())
    let contents = try backup.read()
    for seed: UInt64 in 0..<300 {
      let target = SimulatedDisk(Random(seed: seed))
      target.fail(SimulatedDisk.Faults(write: 0.1, sync: 0.2, names: 0.1, renames: 0.1))
      let store = try? backup.restore(contents, to: target)
      target.fail(SimulatedDisk.Faults())
      let found = try JournalReader(target.afterPowerFailure()).read { _ in }
      if let store { #expect(found?.store == store, "seed \(seed)") }
      #expect(found == nil || found?.revision == 2, "seed \(seed)")
      // Another attempt succeeds, whatever the one before has left.
      if try JournalReader(target).read({ _ in }) == nil {
        _ = try backup.restore(contents, to: target)
        #expect(try JournalReader(target).read { _ in }?.revision == 2, "seed \(seed)")
      }
    }
  }
}
