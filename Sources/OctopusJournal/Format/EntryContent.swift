import OctopusEngine
import OctopusRecords

/// A line of an entry, read.
package enum JournalItem: Sendable {
  /// A record was set at its revision; or, in a part of a base, it is stated again.
  case set(Change.Stored)
  /// The record of this name was deleted.
  case deleted(Record, Revision)
  /// A counter of sequential names gives this number next.
  case counter([UInt8], next: Int64)
  /// A base is complete: it has this many records, and new counters begin at this number.
  case end(records: Int, firstNumber: Int64)
}

/// What follows an entry's first line.
struct EntryContent {
  /// Whether it states a part of the state again, and changes nothing.
  let isBase: Bool
  private let lines: Bytes
  /// All bytes.
  let payload: Bytes

  init(_ payload: Bytes) {
    self.payload = payload
    let isBase = payload.starts(with: Self.base)
    self.isBase = isBase
    lines = isBase ? Bytes(rebasing: payload[Self.base.count...]) : payload
  }

  private static let base = Array("base\n".utf8)

  /// Reads the lines one after the other. Throws a sentence for the first that cannot be read.
  func readLines(_ body: (JournalItem) throws(LineError) -> Void) throws(LineError) {
    var rest = lines
    while !rest.isEmpty {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
        throw LineError("a line has no end")
      }
      var line = LineReader(Bytes(rebasing: rest[..<end]))
      if let item = try line.item() { try body(item) }
      rest = Bytes(rebasing: rest[(end + 1)...])
    }
  }
}

/// A line that cannot be read, of an entry whose checksum is right: a program wrote it so.
struct LineError: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// Reads one line, word by word.
private struct LineReader {
  private var rest: Bytes

  init(_ line: Bytes) { rest = line }

  mutating func item() throws(LineError) -> JournalItem? {
    let word = word()
    if word.elementsEqual("set".utf8) {
      let (revision, created) = (try number(), try number())
      let owner = try owner()
      return .set(
        Change.Stored(
          record: try record(), revision: revision, created: created, owner: owner))
    }
    if word.elementsEqual("del".utf8) { return .deleted(revision: try number(), try record()) }
    if word.elementsEqual("next".utf8) {
      let next = try number()
      return .counter(try record().withContents { Array($0.name) }, next: next)
    }
    if word.elementsEqual("end".utf8) {
      return .end(records: Int(try number()), firstNumber: try number())
    }
    if word.elementsEqual("synced".utf8) { return nil }
    throw LineError("a line begins with \(quoted(word))")
  }

  private mutating func word() -> Bytes {
    let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
    defer { rest = Bytes(rebasing: rest[min(end + 1, rest.count)...]) }
    return Bytes(rebasing: rest[..<end])
  }

  private mutating func number() throws(LineError) -> Int64 {
    let word = word()
    var number: Int64 = 0
    for byte in word {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), number < 1 << 59 else {
        throw LineError("\(quoted(word)) is no number")
      }
      number = number * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    guard !word.isEmpty else { throw LineError("a number is missing") }
    return number
  }

  private mutating func owner() throws(LineError) -> SessionID? {
    if rest.starts(with: "- ".utf8) {
      rest = Bytes(rebasing: rest[2...])
      return nil
    }
    return try number()
  }

  private func record() throws(LineError) -> Record {
    do throws(SyntaxError) { return try Record(rest) } catch {
      throw LineError("a record cannot be read: \(error)")
    }
  }
}

extension JournalItem {
  fileprivate static func deleted(revision: Revision, _ record: Record) -> Self {
    .deleted(record, revision)
  }
}
