// What was made of an entry's text, which stays the same wherever the entry moves in its file.

struct Reading: Sendable {
  private var line: Int
  private(set) var driver: Driver?
  private(set) var problems: [Problem]

  /// - Parameter isPreamble: whether it is what stands before the first entry, where nothing should be.
  init(_ entry: EntryText, file: String, isPreamble: Bool) {
    line = entry.line
    var reader = EntryReader(entry, file: file, isPreamble: isPreamble)
    driver = isPreamble ? nil : reader.driver()
    problems = reader.problems
  }

  /// The same with its lines as they are when it begins with another.
  func moved(to line: Int) -> Reading {
    var moved = self
    let distance = line - self.line
    moved.line = line
    moved.driver?.place.line += distance
    moved.driver?.programPlace.line += distance
    for index in problems.indices { moved.problems[index].place.line += distance }
    return moved
  }
}
