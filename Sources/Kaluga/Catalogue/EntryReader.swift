// Turns an entry's settings into a driver, and names every mistake with its line.
import OctopusRecords
import OctopusSystem

/// Reads one entry. It goes on after a mistake, so that all are reported at once.
struct EntryReader {
  private let file: String
  private let entry: EntrySource
  /// The settings that have not been read yet.
  private var settings: [ByteString: TOMLValue]
  private(set) var problems: [Problem] = []

  /// - Parameter isPreamble: whether it is the text before the first entry, which must hold
  ///   nothing.
  init(_ entry: EntrySource, file: String, isPreamble: Bool) {
    (self.file, self.entry) = (file, entry)
    do throws(TOMLValue.ParseError) {
      guard let text = String(validating: entry.text.bytes, as: UTF8.self) else {
        throw TOMLValue.ParseError(message: "it is not UTF-8", line: entry.firstLineThatIsNotUTF8)
      }
      let document = try TOMLValue.parse(text)
      var others = document
      if !isPreamble, case .list(let list)? = document["driver"], list.count == 1,
        case .table(let table)? = list.first
      {
        settings = table
        others["driver"] = nil
      } else {
        settings = [:]
      }
      for key in others.keys.sorted() {
        addProblem("'\(key)' stands outside of a line [[driver]]", at: key.text)
      }
    } catch {
      settings = [:]
      let line = entry.line + error.line - 1
      problems.append(
        Problem(location: SourceLocation(file: file, line: line), message: error.message))
    }
  }

  /// The driver; nil if there is a problem.
  mutating func driver() -> Driver? {
    guard problems.isEmpty else { return nil }
    let name = text("name") ?? ""
    if name.isEmpty && problems.isEmpty { addProblem("a driver needs a name", at: "name") }
    if name.utf8.count > Limits.nameBytes {
      addProblem("a name has at most \(Limits.nameBytes) bytes", at: "name")
    }
    let exec = templates("exec")
    var driver = Driver(
      name: name, location: SourceLocation(file: file, line: entry.line),
      programLocation: SourceLocation(file: file, line: entry.line(of: "exec")),
      launch: Launch(exec: exec))
    driver.match = text("match").flatMap { query($0, at: "match") }
    driver.modalias = texts("modalias")
    driver.priority = integer("priority", in: -1_000_000...1_000_000) ?? 0
    driver.instances = choice("instances") ?? .perDevice
    driver.after = texts("after").compactMap { query($0, at: "after") }
    driver.restart = choice("restart") ?? .onFailure
    if let seconds = number("stop-timeout", in: 0...86_400) {
      driver.stopMilliseconds = Int64(seconds * 1_000)
    }
    readLaunch(&driver.launch)
    if driver.match == nil && driver.modalias.isEmpty && problems.isEmpty {
      addProblem("'\(name)' needs 'match' or 'modalias'", at: "name")
    }
    driver.shadows = boolean("shadows") ?? true
    checkPlaceholders(exec)
    if driver.instances == .one, let attribute = exec.flatMap(\.attributes).first {
      addProblem("one process for all devices has no '{\(attribute)}'", at: "exec")
    }
    for key in settings.keys.sorted() {
      addProblem("there is no setting '\(key)'", at: key.text)
    }
    return problems.isEmpty ? driver : nil
  }

  /// A device must not choose which program is run, nor write into one.
  private mutating func checkPlaceholders(_ exec: [ArgumentTemplate]) {
    if let attribute = exec.first?.attributes.first {
      addProblem("the program cannot be a device's '{\(attribute)}'", at: "exec")
    }
    guard let attribute = Scripts.placeholder(in: exec) else { return }
    addProblem(
      """
      '{\(attribute)}' stands in a script, in which a device could write commands. Pass it as an \
      argument: ["sh", "-c", 'echo "$1"', "sh", "{\(attribute)}"]
      """, at: "exec")
  }

  private mutating func readLaunch(_ launch: inout Launch) {
    launch.directory = text("cwd")
    launch.user = text("user")
    launch.notifies = boolean("notify") ?? false
    launch.cpus = integers("cpus", in: 0...1_023)
    for (name, value) in table("env") {
      if case .text(let value) = value, !(name + value).utf8.contains(0), !name.isEmpty,
        !name.utf8.contains(UInt8(ascii: "=")), launch.environment[name] == nil
      {
        launch.environment[name] = value
      } else {
        addProblem("'\(name)' of 'env' must be a string", at: "env")
      }
    }
    for (name, value) in table("limits") {
      switch value {
      case _ where !Self.limitNames.contains(name):
        addProblem("there is no limit '\(name)'", at: "limits")
      case .integer(let value) where value >= 0:
        launch.limits.append(.init(name: name, value: UInt64(value)))
      case .text("infinity"): launch.limits.append(.init(name: name, value: nil))
      default: addProblem("limit '\(name)' must be a number or 'infinity'", at: "limits")
      }
    }
  }

  /// The limits of getrlimit(2), in lower case and without `RLIMIT_`. kaluga-guard knows the same.
  static let limitNames = [
    "as", "core", "cpu", "data", "fsize", "memlock", "nofile", "nproc", "rtprio", "stack",
  ]
}

// Settings by type. Each one that is read is removed: what is left at the end is unknown.
extension EntryReader {
  private mutating func addProblem(_ message: String, at key: String) {
    problems.append(
      Problem(location: SourceLocation(file: file, line: entry.line(of: key)), message: message))
  }

  private mutating func take<Value>(
    _ key: String, _ wanted: String, _ read: (TOMLValue) -> Value?
  ) -> Value? {
    guard let setting = settings.removeValue(forKey: ByteString(key)) else { return nil }
    if let value = read(setting) { return value }
    addProblem("'\(key)' must be \(wanted), and is \(setting.kind)", at: key)
    return nil
  }

  private mutating func text(_ key: String) -> String? {
    take(key, "a string without NUL") {
      if case .text(let text) = $0, !text.utf8.contains(0) { text } else { nil }
    }
  }

  /// A list of strings; one string is a list of one.
  private mutating func texts(_ key: String) -> [String] {
    let texts: [String]? = take(key, "an array of strings") {
      switch $0 {
      case .text(let text): return [text]
      case .list(let list):
        let texts = list.compactMap { if case .text(let text) = $0 { text } else { nil } }
        return texts.count == list.count && !texts.contains { $0.utf8.contains(0) } ? texts : nil
      default: return nil
      }
    }
    return texts ?? []
  }

  private mutating func boolean(_ key: String) -> Bool? {
    take(key, "true or false") { if case .boolean(let value) = $0 { value } else { nil } }
  }

  private mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    take(key, "an integer from \(range.lowerBound) to \(range.upperBound)") {
      if case .integer(let value) = $0, range.contains(value) { value } else { nil }
    }
  }

  private mutating func integers(_ key: String, in range: ClosedRange<Int>) -> [Int] {
    let values: [Int]? = take(key, "an array of integers up to \(range.upperBound)") {
      guard case .list(let list) = $0 else { return nil }
      let values = list.compactMap {
        if case .integer(let value) = $0, range.contains(value) { value } else { nil }
      }
      return values.count == list.count ? values : nil
    }
    return values ?? []
  }

  private mutating func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
    take(key, "a number from \(range.lowerBound) to \(range.upperBound)") {
      switch $0 {
      case .integer(let value) where range.contains(Double(value)): Double(value)
      case .number(let value) where range.contains(value): value
      default: nil
      }
    }
  }

  private mutating func table(_ key: String) -> [(key: String, value: TOMLValue)] {
    let table: [ByteString: TOMLValue]? = take(key, "a table") {
      if case .table(let table) = $0 { table } else { nil }
    }
    return (table ?? [:]).sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
  }

  private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String
  ) -> Choice? {
    take(key, "one of " + Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")) {
      if case .text(let text) = $0 { Choice(rawValue: text) } else { nil }
    }
  }

  private mutating func query(_ text: String, at key: String) -> Query? {
    do throws(SyntaxError) { return try Query(parsing: text) } catch {
      addProblem("'\(key)' is no query: \(error) of \(text)", at: key)
      return nil
    }
  }

  private mutating func templates(_ key: String) -> [ArgumentTemplate] {
    let hasKey = settings[ByteString(key)] != nil
    let all = texts(key)
    if all.first?.isEmpty ?? !hasKey { addProblem("a driver needs 'exec'", at: key) }
    if hasKey && all.isEmpty && problems.isEmpty { addProblem("'exec' is empty", at: key) }
    var templates: [ArgumentTemplate] = []
    for text in all {
      do throws(ArgumentTemplate.Malformed) { templates.append(try ArgumentTemplate(text)) } catch {
        addProblem(error.message, at: key)
      }
    }
    return templates
  }
}
