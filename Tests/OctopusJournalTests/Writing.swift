import OctopusEngine
import OctopusRecords

@testable import OctopusJournal

// The tests write changes with these, and show the items that they read as lines.

extension JournalWriter {
  mutating func step(_ fill: (inout EntryBuffer) -> Void) throws {
    var entries = EntryBuffer()
    entries.begin()
    fill(&entries)
    try write(&entries)
  }

  mutating func set(_ text: String, _ revision: Revision) throws {
    try step { $0.set(Change.Stored(text, revision)) }
  }

  mutating func sync() throws {
    guard let point = syncPoint else { return }
    try point.run()
    didSync(point)
  }
}

extension Change.Stored {
  init(_ text: String, _ revision: Revision, owner: SessionID? = nil) {
    // The tests write it correctly.
    self.init(
      record: try! Record(parsing: text), revision: revision, created: revision, owner: owner)
  }
}

extension JournalItem {
  var line: String {
    switch self {
    case .set(let stored):
      "\(stored.record) @\(stored.revision)" + (stored.owner.map { " of \($0)" } ?? "")
    case .deleted(let record, let revision): "del \(record.name) @\(revision)"
    case .counter(let name, let next): "next '\(String(decoding: name, as: UTF8.self))' \(next)"
    case .end(let records, let firstNumber): "end \(records) \(firstNumber)"
    }
  }
}
