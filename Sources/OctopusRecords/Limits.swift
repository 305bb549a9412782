/// The limits of records and queries.
///
/// What a client sends is checked against them before memory is spent on it. Sizes are of UTF-8.
/// The reasons stand in `table`.
package enum Limits {
  /// Bytes of a name, of an attribute's name, of a holder's name.
  package static let nameBytes = 1 << 10
  /// Bytes of one record in text form.
  package static let recordBytes = 1 << 20
  /// Attributes of one record.
  package static let attributes = 4_096
  /// Bytes of one query in text form.
  package static let queryBytes = 64 << 10
  /// Regular expressions in one query.
  package static let patternsPerQuery = 32
  /// Bytes of all regular expressions of one query.
  package static let patternBytes = 2 << 10
  /// Classes by Unicode property in all regular expressions of one query.
  package static let patternProperties = 8
  /// Instructions of the compiled regular expressions of one query, and of those of one set for
  /// the texts of an attribute.
  package static let patternInstructions = 1_500
  /// Bytes of a text × instructions of a regular expression, or of a set, that searches it: a name
  /// can always be searched.
  package static let patternWork = patternInstructions * nameBytes
  /// Instructions of the regular expressions of one set for names: it searches names of 128 bytes.
  package static let instructionsOfNameSet = patternWork / 128
  /// Bytes of the longest text that a regular expression is found in.
  package static let patternTextBytes = 8 << 10
  /// Bytes that RE2 may use for a regular expression of at most `smallPattern` instructions. A
  /// third is for the automaton, which has room for 100 states and more of an ordinary one.
  package static let patternMemory = 64 << 10
  package static let smallPattern = 64
  /// Up to this many instructions it is twice the memory; for more, twelve times, which is enough
  /// for an automaton with 1,500.
  package static let mediumPattern = 256
  /// Regular expressions that are compiled into sets at once.
  package static let patternsPerBuild = 1_024

  package static let table = [
    Limit(
      "a name, also of an attribute or a holder", nameBytes, .bytes,
      "longer than any path that a person writes; two names are compared quickly"),
    Limit(
      "a record", recordBytes, .bytes,
      "a record describes something; what is larger belongs in a file"),
    Limit("attributes of a record", attributes, "each has an entry in an index"),
    Limit("a query", queryBytes, .bytes, "bounds the cost of matching it with one record"),
    Limit("regular expressions in a query", patternsPerQuery, "bounds the memory that they use"),
    Limit(
      "all regular expressions of a query", patternBytes, .bytes, "bounds the time to compile them"),
    Limit(
      "classes by Unicode property (`\\p`) in them", patternProperties,
      "RE2 takes 100 µs to read such a class"),
    Limit(
      "instructions of their programs", patternInstructions,
      "bounds the time to compile them and to match them; an ordinary one has 10 to 100, a class "
        + "like `\\pL` has 1,200"),
    Limit(
      "a text in which a regular expression is found", patternTextBytes, .bytes,
      "an ordinary expression takes 16 µs for it, a thousand watchers 16 ms"),
    Limit(
      "the bytes of such a text times the instructions", patternWork,
      "the most costly expression takes 10 ms for it"),
    Limit(
      "regular expressions that are compiled into sets at once", patternsPerBuild,
      "bounds the time and the memory that this takes"),
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
