import Generators
import OctopusRecords

/// Generates queries and records from few names and values, so that they match often.
struct QueryGenerator {
  /// What most queries consist of, so that each access path has large buckets in some history.
  enum Style: CaseIterable { case everything, points, intervals, regexes, prefixes }

  var random: Random
  let style: Style

  private static let numbers = [
    "0", "1", "1.0", "2", "2.5", "-1", "-1.5", "7", "7.0", "9223372036854775807",
    "-9223372036854775808", "9223372036854775806", "9007199254740993", "9007199254740992.0",
    "9.2233720368547758e18", "-9.2233720368547758e18", "1e300", "-1e300", "0.1", "-0.0", "5e-324",
  ]
  private static let texts = ["''", "'a'", "a", "ab", "'b c'", "'ü'", "'it\\'s'", "zz", "'a\\0'"]
  private static let values = numbers + texts + ["true", "false"]
  private static let operators = ["<", "<=", ">", ">="]
  private static let attributes = [
    "a", "'b'", "c", "'@speed'", "'it\\'s'", "a_long_attribute_name",
  ]

  mutating func record() -> Record {
    var body: [String] = []
    for attribute in Self.attributes where random.chance(45) {
      body.append("\(attribute): \(random.chance(40) ? number() : value())")
    }
    // The generator writes valid records.
    return try! Record(parsing: "\(name()) { \(body.joined(separator: ", ")) }")
  }

  mutating func query() -> Query {
    let terms = (0..<random.pick(termCounts)).map { _ in term() }
    // The generator writes valid queries.
    return try! Query(parsing: "\(queryName()) { \(terms.joined(separator: ", ")) }")
  }

  private var termCounts: [Int] {
    switch style {
    case .everything: [0, 1, 1, 2, 3]
    case .points: [1, 1, 2]
    case .intervals: [1, 2, 2, 3]
    case .regexes: [0, 0, 1]
    case .prefixes: [0, 0, 1]
    }
  }

  private mutating func name() -> String {
    switch random.pick([0, 0, 1, 1, 2, 3]) {
    case 0: "object\(small(40))"
    case 1: "hw.pci.device.\(small(40))"
    case 2: "'/dev/sd\(random.pick(["a", "b", "\\'"]))'"
    default: "'ünï \(small(5))'"
    }
  }

  private mutating func queryName() -> String {
    switch style {
    case .everything: random.pick([name(), "_", "_", pattern(), prefix()])
    case .points: random.pick([name(), name(), "_", "_"])
    case .intervals: random.pick(["_", "_", "_", name(), pattern()])
    case .regexes: random.pick(["_", pattern(), pattern(), prefix()])
    case .prefixes: random.pick(["_", pattern(), prefix(), prefix(), prefix()])
    }
  }

  private mutating func term() -> String {
    let attribute = random.pick(Self.attributes)
    let kinds: [Int] =
      switch style {
      case .everything: [0, 1, 2, 3, 4, 5, 6]
      case .points: [0, 0, 1, 1, 2]
      case .intervals: [2, 2, 2, 6, 1]
      case .regexes, .prefixes: [4, 4, 5, 2]
      }
    switch random.pick(kinds) {
    case 0: return "\(attribute) == \(number())"
    case 1: return "\(attribute): \(value())"
    case 2: return "\(attribute) \(random.pick(Self.operators)) \(number())"
    case 3: return "\(attribute) != \(value())"
    case 4: return "\(attribute): \(textPattern())"
    case 5: return "\(attribute): _"
    default: return "\(attribute) \(random.pick(Self.operators)) \(value())"
    }
  }

  private mutating func number() -> String {
    random.chance(50) ? String(small(12)) : random.pick(Self.numbers)
  }

  private mutating func value() -> String { random.pick(Self.values) }

  private mutating func small(_ end: Int) -> Int { Int.random(in: 0..<end, using: &random) }

  private mutating func pattern() -> String {
    switch small(8) {
    case 0: "r'\(small(400))'"
    case 1: "r'object\(small(40))$'"
    case 2: "r'[a-z]+\\.device\\.\(small(400))$'"
    case 3: "r'^(object|hw).*\(small(400))'"
    case 4: "r'(?i)OBJECT\(small(40))$'"
    case 5: "r'ï \(small(9))'"
    case 6: "r''"
    default: "r'\(small(10)).?\(small(10))'"
    }
  }

  private mutating func prefix() -> String {
    switch small(7) {
    case 0: "r'^object\(small(40))$'"
    case 1: "r'^object\(small(4))?\(small(10))'"
    case 2: "r'^hw\\.pci\\.device\\.[0-9]*\(small(10))$'"
    case 3: "r'^/dev/'"
    case 4: "r'^\(String(repeating: "hw", count: small(40)))\\.'"
    case 5: "r'^hw\\.pci\\.device\\.\(small(400))$'"
    default: "r'^ünï \(small(9))'"
    }
  }

  private mutating func textPattern() -> String {
    switch small(5) {
    case 0: "r'^a'"
    case 1: "r'[\(random.pick(["a-z", "bz", "ü", "^a"]))]{\(small(4))}$'"
    case 2: "r'\(random.pick(["a", "b", "ab", "c", "s", "z", " "]))'"
    case 3: "r'\(small(300))|zz'"
    default: "r'^\(small(100))?ab$'"
    }
  }
}
