/// The limits of records and queries.
///
/// What a client sends is checked against them before memory is spent on it. Sizes are of UTF-8.
/// The reasons stand in `table`.
package enum Limits {
  /// Bytes of a name, of an attribute's name, of a holder's name.
  package static let nameBytes = 1 << 10
  /// Bytes of one record in text form.
  package static let recordBytes = 1 << 20
  /// Bytes of one query in text form.
  package static let queryBytes = 64 << 10
  /// Bytes of one regular expression, before it is compiled.
  package static let patternBytes = 4 << 10
  /// Bytes that one compiled regular expression may occupy; RE2 refuses those that need more.
  package static let patternProgramBytes: Int64 = 256 << 10
  /// Bytes of the longest text that a regular expression is found in.
  package static let patternTextBytes = 64 << 10
  /// Regular expressions in one query.
  package static let patternsPerQuery = 32
  /// Regular expressions in one RE2 set.
  package static let patternsPerSet = 1_024
  /// Bytes that one RE2 set may occupy, its lazily built automaton included.
  package static let patternSetBytes: Int64 = 64 << 20

  package static let table = [
    Limit(
      "a name, also of an attribute or a holder", nameBytes, .bytes,
      "longer than any path that a person writes; two names are compared quickly"),
    Limit(
      "a record", recordBytes, .bytes,
      "a record describes something; what is larger belongs in a file"),
    Limit("a query", queryBytes, .bytes, "bounds the cost of matching it with one record"),
    Limit("a regular expression", patternBytes, .bytes, "bounds the time to compile it"),
    Limit(
      "a compiled regular expression", Int(patternProgramBytes), .bytes,
      "a match takes time in proportion to this and to the text"),
    Limit(
      "a text in which a regular expression is searched", patternTextBytes, .bytes,
      "with the most costly expression this takes a second, with an ordinary one 100 µs"),
    Limit(
      "regular expressions in a query", patternsPerQuery,
      "together they may occupy 8 MiB"),
    Limit(
      "regular expressions in a set", patternsPerSet,
      "bounds the time and the memory to build a set again"),
    Limit("a set of regular expressions", Int(patternSetBytes), .bytes, "bounds its memory"),
  ]
}

/// A row of a table of limits.
package struct Limit: Sendable {
  package enum Unit: Sendable { case count, bytes, milliseconds }

  package let subject: String
  package let value: Int
  package let unit: Unit
  package let reason: String

  package init(_ subject: String, _ count: Int, _ reason: String) {
    self.init(subject, count, .count, reason)
  }

  package init(_ subject: String, _ value: Int, _ unit: Unit, _ reason: String) {
    self.subject = subject
    self.value = value
    self.unit = unit
    self.reason = reason
  }
}
