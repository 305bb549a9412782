import JournalSupport
import OctopusEngine
import OctopusRecords
import TestSupport
import Testing

@testable import OctopusJournal

/// Journals whose ends are torn are read up to there, damaged ones are refused.
@Suite struct JournalReaderTests {
  private let disk = SimulatedDisk(Random(seed: 1))

  @Test func writtenChangesAreReadInOrder() throws {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    try writer.set("a { n: 1 }", 1)
    try writer.step { entries in
      entries.counter(Array("job_".utf8), next: 2)
      entries.set(Change.Stored("'a b' { text: 'x\\ny' }", 2, owner: 7))
      entries.delete("a", at: 3)
    }
    let (items, summary) = try read()
    #expect(
      items == [
        "end 0 0", "a { n: 1 } @1", "next 'job_' 2", "'a b' { text: 'x\\ny' } @2 of 7", "del a @3",
      ])
    #expect(summary.revision == 3 && summary.cuts.isEmpty)
  }

  /// Nothing was synced after the start.
  @Test func tornEndIsCutAtAnyByte() throws {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    for revision in 1...4 { try writer.set("r { n: \(revision) }", Revision(revision)) }
    let whole = try #require(disk["base.1"])
    let starts = entryStarts(whole)
    for length in starts[1]...whole.count {
      disk["base.1"] = Array(whole[..<length])
      let (items, summary) = try read()
      let entries = starts.count { $0 <= length } - (length == whole.count ? 0 : 1)
      let last = starts.last { $0 <= length } ?? 0
      #expect(items.count == entries, "\(length)")
      let isWhole = length == last || length == whole.count
      #expect(summary.cuts.map(\.offset) == (isWhole ? [] : [last]), "\(length)")
    }
  }

  @Test(arguments: [0, 255]) func endOfZerosOrGarbageIsCutAndKept(byte: UInt8) throws {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    try writer.set("a", 1)
    let whole = try #require(disk["base.1"])
    let end = [UInt8](repeating: byte, count: 10_000)
    disk["base.1"] = whole + end
    let (items, summary) = try read()
    #expect(items == ["end 0 0", "a {} @1"])
    try JournalReader(disk).mend(summary)
    #expect(disk["base.1"] == whole)
    #expect(disk["base.1.cut.\(whole.count)"] == end)
    #expect(try read().summary.cuts.isEmpty)
  }

  @Test func garbageBeyondTheBoundIsRefused() throws {
    _ = try JournalWriter(disk, after: nil, revision: 0)
    let whole = try #require(disk["base.1"])
    disk["base.1"] = whole + [UInt8](repeating: 1, count: JournalReader.mostGarbage + 1)
    #expect(refusal()?.contains("base.1 is damaged at byte \(whole.count)") == true)
  }

  /// A journal that was closed in order says so in its last entry.
  @Test func everyFlippedBitOfASyncedJournalIsRefusedWithFileAndOffset() throws {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    for revision in 1...3 { try writer.set("r { n: \(revision) }", Revision(revision)) }
    try writer.sync()
    try writer.saySynced()
    let whole = try #require(disk["base.1"])
    let starts = entryStarts(whole)
    for offset in 0..<starts.last! {
      for bit in 0..<8 {
        var bytes = whole
        bytes[offset] ^= 1 << bit
        disk["base.1"] = bytes
        let place = starts.last { $0 <= offset } ?? 0
        #expect(
          refusal()?.contains("/base.1 is damaged at byte \(place)") == true, "\(offset).\(bit)")
      }
    }
  }

  /// A power failure can leave a later sector on the disk, and not an earlier one.
  @Test func wholeEntriesAfterATornOneAreCutIfTheyWereNotSynced() throws {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    try writer.set("a", 1)
    try writer.sync()
    for revision in 2...5 { try writer.set("r { n: \(revision) }", Revision(revision)) }
    var bytes = try #require(disk["base.1"])
    let starts = entryStarts(bytes)
    bytes[starts[3] + 40] ^= 1
    disk["base.1"] = bytes
    let (items, summary) = try read()
    #expect(items == ["end 0 0", "a {} @1", "r { n: 2 } @2"])
    #expect(summary.cuts.map(\.offset) == [starts[3]])
    // The same in what was synced when a later entry was written.
    bytes[starts[1] + 40] ^= 1
    disk["base.1"] = bytes
    #expect(refusal()?.contains("base.1 is damaged at byte \(starts[1])") == true)
  }

  @Test func logsGoOnFromTheBase() throws {
    try write(lives: 3)
    let (items, summary) = try read()
    #expect(items.suffix(3) == ["r { n: 1 } @1", "r { n: 101 } @101", "r { n: 201 } @201"])
    #expect(summary.files.map(\.name.description) == ["base.1", "log.101", "log.201"])
  }

  @Test func missingFilesAreRefusedByName() throws {
    try write(lives: 3)
    let (base, log) = (disk["base.1"], disk["log.101"])
    disk["base.1"] = nil
    #expect(refusal()?.contains("/simulated has log.101, and no base") == true)
    disk["base.1"] = base
    disk["log.101"] = nil
    #expect(refusal()?.contains("base.1 is damaged") == true)
    #expect(refusal()?.contains("changes after it are missing") == true)
    disk["log.101"] = log
    #expect(refusal() == nil)
  }

  @Test func filesThatAreCutInTheMiddleOfTheJournalAreRefused() throws {
    try write(lives: 2)
    let base = try #require(disk["base.1"])
    disk["base.1"] = base.dropLast(3)
    #expect(refusal()?.contains("base.1 is damaged at byte \(entryStarts(base)[1])") == true)
  }

  @Test func fileOfAnotherStoreIsRefused() throws {
    try write(lives: 2)
    let other = SimulatedDisk(Random(seed: 2))
    try write(lives: 2, on: other)
    disk["log.101"] = other["log.101"]
    #expect(
      refusal()?.contains("log.101 is damaged at byte 0: it is a file of another store") == true)
  }

  @Test func renamedFileIsRefused() throws {
    try write(lives: 2)
    disk["log.102"] = disk["log.101"]
    disk["log.101"] = nil
    #expect(refusal()?.contains("it is the file that begins with revision 101") == true)
  }

  @Test func newerFormatIsRefusedByName() throws {
    _ = try JournalWriter(disk, after: nil, revision: 0)
    let text = "octopus-journal format=2 all-is=new"
    disk["base.1"] = Array("\(text) crc=\(hexadecimal(Checksum.of(text)))\n".utf8)
    #expect(
      refusal()?.contains("/simulated/base.1 has format 2, which this version cannot") == true)
  }

  @Test func baseWithoutItsEndIsRefused() throws {
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    try writer.set("a", 1)
    let whole = try #require(disk["base.1"])
    disk["base.1"] = Array(whole[..<entryStarts(whole)[0]])
    #expect(refusal()?.contains("the state at its start is not complete") == true)
  }

  @Test func entryOfAnotherFileIsNotTakenForOne() throws {
    try write(lives: 2)
    let log = try #require(disk["log.101"])
    let entry = try #require(disk["base.1"]).suffix(from: 0).suffix(20)
    disk["log.101"] = log + entry
    let (_, summary) = try read()
    #expect(summary.cuts.map(\.offset) == [log.count])
  }

  @Test func stateIsReadFromTheNewestBaseAndFilesBeforeItAreRemoved() throws {
    var writer = try write(lives: 2)
    let file = try JournalWriter.prepareFile(on: disk, reserve: 100)
    try writer.begin(file, reserved: 100, after: 101)
    try writer.writeBase(records: [Change.Stored("r { n: 101 }", 101)])
    try writer.set("later", 102)
    try writer.endBase(records: 1, firstNumber: 0)
    // Not complete yet: the files before it are needed, and what it states again changes nothing.
    #expect(try read().items.suffix(3) == ["r { n: 101 } @101", "later {} @102", "end 1 0"])
    try writer.sync()
    let (name, complete) = try #require(writer.completion)
    try disk.rename(name, to: complete)
    let (items, summary) = try read()
    #expect(items == ["r { n: 101 } @101", "later {} @102", "end 1 0"])
    #expect(summary.superseded == ["base.1", "log.101"])
    #expect(writer.didComplete() == 102)
    try JournalReader(disk).mend(summary)
    #expect(try disk.list() == ["base.102"])
  }
}

extension JournalReaderTests {
  /// Starts a journal, and goes on with it as a later run does; each run sets a record.
  @discardableResult
  private func write(lives: Int, on other: SimulatedDisk? = nil) throws -> JournalWriter {
    let disk = other ?? disk
    var writer = try JournalWriter(disk, after: nil, revision: 0)
    try writer.set("r { n: 1 }", 1)
    for life in 1..<lives {
      let summary = try JournalReader(disk).read { _ in }
      try JournalReader(disk).mend(try #require(summary))
      let revision = Revision(life * 100)
      writer = try JournalWriter(disk, after: summary, revision: revision)
      try writer.set("r { n: \(revision + 1) }", revision + 1)
    }
    return writer
  }

  private func read() throws -> (items: [String], summary: JournalReader.Summary) {
    var items: [String] = []
    let summary = try JournalReader(disk).read { items.append($0.line) }
    return (items, try #require(summary))
  }

  /// Why the journal is not read.
  private func refusal() -> String? {
    do {
      _ = try read()
      return nil
    } catch { return "\(error)" }
  }

  private func entryStarts(_ bytes: [UInt8]) -> [Int] {
    bytes.indices.filter {
      bytes[$0] == UInt8(ascii: "@") && bytes[$0 - 1] == UInt8(ascii: "\n")
    }
  }
}
