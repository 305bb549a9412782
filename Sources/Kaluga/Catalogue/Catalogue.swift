// The catalogue: all drivers of a directory's files, and the mistakes in them.
import OctopusRecords
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
  /// Programs that were not found. They may be installed later.
  package private(set) var missingPrograms: Set<String> = []
  /// The index of each driver, by name.
  private var indices: [String: Int] = [:]
  /// By file and text: an entry that has not changed is not parsed again, because the parser leaks
  /// what it has parsed.
  private var parsedEntries: [String: [ByteString: ParsedEntry]] = [:]

  package init() {}

  /// Reads files, whose order is that of their entries.
  ///
  /// - Parameters:
  ///   - previous: the catalogue before this one. A driver of it stays as it was while its file has
  ///     problems, so that a typing mistake stops no driver.
  ///   - isProgram: whether a program of this name can be run.
  package init(
    _ files: [File], previous: Catalogue = Catalogue(), isProgram: (String) -> Bool
  ) {
    for file in files {
      let known = previous.parsedEntries[file.path] ?? [:]
      for (index, entry) in EntrySource.split(file.text).enumerated() {
        let parsed =
          known[entry.text]?.moved(to: entry.line)
          ?? ParsedEntry(entry, file: file.path, isPreamble: index == 0)
        parsedEntries[file.path, default: [:]][entry.text] = parsed
        add(parsed, previous, isProgram)
      }
    }
    let broken = Set(problems.map(\.location.file))
    removeCycles()
    for driver in previous.drivers where broken.contains(driver.location.file) {
      if indices[driver.name] == nil { add(driver) }
    }
  }

  /// The driver of a name.
  package subscript(name: String) -> Driver? { indices[name].map { drivers[$0] } }

  private mutating func add(
    _ parsed: ParsedEntry, _ previous: Catalogue, _ isProgram: (String) -> Bool
  ) {
    problems += parsed.problems
    if let driver = parsed.driver {
      // A driver has at least this argument.
      let program = driver.launch.exec[0].text
      if !isProgram(program) {
        missingPrograms.insert(program)
        let message = "there is no program '\(program)'"
        problems.append(Problem(location: driver.programLocation, message: message))
      } else if let other = self[driver.name] {
        // The older one stays, even if the other comes before it in the order of files.
        let file = previous[driver.name]?.location.file
        let isOlder = file == driver.location.file && file != other.location.file
        let (kept, refused) = isOlder ? (driver, other) : (other, driver)
        // `other` was found by it.
        drivers[indices[driver.name]!] = kept
        let message = "a driver '\(driver.name)' stands at \(kept.location) already"
        problems.append(Problem(location: refused.location, message: message))
      } else {
        add(driver)
      }
    }
  }

  private mutating func add(_ driver: Driver) {
    indices[driver.name] = drivers.count
    drivers.append(driver)
  }

  /// Removes the drivers that wait for each other in a circle.
  private mutating func removeCycles() {
    let cycles = Cycles(drivers)
    guard !cycles.members.isEmpty else { return }
    for (name, path) in cycles.members.sorted(by: { $0.key < $1.key }) {
      let message = "it waits for itself: \(path.joined(separator: " after "))"
      // The members of cycles are drivers of this catalogue.
      problems.append(Problem(location: self[name]!.location, message: message))
    }
    let rest = drivers.filter { cycles.members[$0.name] == nil }
    (drivers, indices) = ([], [:])
    for driver in rest { add(driver) }
  }
}
