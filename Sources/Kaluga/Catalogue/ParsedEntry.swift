// The result of parsing an entry. It stays the same where the entry moves within its file.

struct ParsedEntry: Sendable {
  private var line: Int
  private(set) var driver: Driver?
  private(set) var problems: [Problem]

  /// - Parameter isPreamble: whether it is the text before the first entry.
  init(_ entry: EntrySource, file: String, isPreamble: Bool) {
    line = entry.line
    var reader = EntryReader(entry, file: file, isPreamble: isPreamble)
    driver = isPreamble ? nil : reader.driver()
    problems = reader.problems
  }

  /// The same entry, beginning at another line.
  func moved(to line: Int) -> ParsedEntry {
    var moved = self
    let distance = line - self.line
    moved.line = line
    moved.driver?.location.line += distance
    moved.driver?.programLocation.line += distance
    for index in problems.indices { moved.problems[index].location.line += distance }
    return moved
  }
}
