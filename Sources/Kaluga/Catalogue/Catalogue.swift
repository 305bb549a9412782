// All drivers that there are, from the files of a directory, and what is wrong in them.
import OctopusRecords

/// The entries that can be used, in order, and the problems of the others.
package struct Catalogue: Sendable {
  /// A file's path and its text.
  package struct File: Sendable {
    package var path: String
    package var text: String

    package init(path: String, text: String) {
      (self.path, self.text) = (path, text)
    }
  }

  package private(set) var drivers: [Driver] = []
  package private(set) var problems: [Problem] = []
  private var places: [String: Int] = [:]

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
    for file in files { read(file, isProgram) }
    let broken = Set(problems.map(\.place.file))
    removeCycles()
    for driver in previous.drivers where broken.contains(driver.place.file) {
      if places[driver.name] == nil { add(driver) }
    }
  }

  /// The driver of a name.
  package subscript(name: String) -> Driver? { places[name].map { drivers[$0] } }

  private mutating func read(_ file: File, _ isProgram: (String) -> Bool) {
    for (index, entry) in EntryText.cut(file.text).enumerated() {
      var reader = EntryReader(entry, file: file.path)
      let driver = index == 0 ? nil : reader.driver(isProgram: isProgram)
      problems += reader.problems
      guard let driver else { continue }
      if let other = self[driver.name] {
        problems.append(
          Problem(
            place: driver.place,
            message: "a driver '\(driver.name)' stands at \(other.place) already"))
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
