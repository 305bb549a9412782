import OctopusRecords
// All drivers that there are, from the files of a directory, and what is wrong in them.
import OctopusSystem

/// The entries that can be used, in order, and the problems of the others.
package struct Catalogue: Sendable {
  /// A file's path and its text.
  package struct File: Sendable {
    package var path: String
    package var text: ByteString

    package init(path: String, text: ByteString) {
      (self.path, self.text) = (path, text)
    }
  }

  package private(set) var drivers: [Driver] = []
  package private(set) var problems: [Problem] = []
  /// Programs that were not to be found; they may come.
  package private(set) var missingPrograms: Set<String> = []
  private var places: [String: Int] = [:]
  /// By file and text: an entry that has not changed is not parsed again. (The parser keeps for ever
  /// what it has parsed.)
  private var readings: [String: [ByteString: Reading]] = [:]

  package init() {}

  /// Reads files, whose order is that of their entries.
  ///
  /// - Parameters:
  ///   - previous: what was in force. An entry that was good stays as it was while its file has
  ///     problems: a slip of the pen stops no driver.
  ///   - isProgram: whether there is such a program.
  package init(
    _ files: [File], previous: Catalogue = Catalogue(), isProgram: (String) -> Bool
  ) {
    for file in files {
      let known = previous.readings[file.path] ?? [:]
      for (index, entry) in EntryText.cut(file.text).enumerated() {
        let reading =
          known[entry.text]?.moved(to: entry.line)
          ?? Reading(entry, file: file.path, isPreamble: index == 0)
        readings[file.path, default: [:]][entry.text] = reading
        add(reading, previous, isProgram)
      }
    }
    let broken = Set(problems.map(\.place.file))
    removeCycles()
    for driver in previous.drivers where broken.contains(driver.place.file) {
      if places[driver.name] == nil { add(driver) }
    }
  }

  /// The driver of a name.
  package subscript(name: String) -> Driver? { places[name].map { drivers[$0] } }

  private mutating func add(
    _ reading: Reading, _ previous: Catalogue, _ isProgram: (String) -> Bool
  ) {
    problems += reading.problems
    if let driver = reading.driver {
      // An argument list begins with it: one without is no driver.
      let program = driver.launch.exec[0].text
      if !isProgram(program) {
        missingPrograms.insert(program)
        let message = "there is no program '\(program)'"
        problems.append(Problem(place: driver.programPlace, message: message))
      } else if let other = self[driver.name] {
        // That which was in force stays so, also if another comes to stand before it.
        let file = previous[driver.name]?.place.file
        let isOlder = file == driver.place.file && file != other.place.file
        let (kept, refused) = isOlder ? (driver, other) : (other, driver)
        // It is there: it is `other`.
        drivers[places[driver.name]!] = kept
        let message = "a driver '\(driver.name)' stands at \(kept.place) already"
        problems.append(Problem(place: refused.place, message: message))
      } else {
        add(driver)
      }
    }
  }

  private mutating func add(_ driver: Driver) {
    places[driver.name] = drivers.count
    drivers.append(driver)
  }

  /// Takes out those that wait for each other in a circle.
  private mutating func removeCycles() {
    let cycles = Cycles(drivers)
    guard !cycles.members.isEmpty else { return }
    for (name, path) in cycles.members.sorted(by: { $0.key < $1.key }) {
      let message = "it waits for itself: \(path.joined(separator: " after "))"
      // It is there: cycles are made of drivers.
      problems.append(Problem(place: self[name]!.place, message: message))
    }
    let rest = drivers.filter { cycles.members[$0.name] == nil }
    (drivers, places) = ([], [:])
    for driver in rest { add(driver) }
  }
}
