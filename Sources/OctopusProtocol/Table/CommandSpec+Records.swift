// The rows of the commands that read and change records.

extension CommandSpec {
  static let recordRows: [CommandSpec] = [
    CommandSpec(
      .get, runs: .get, arity: -2, .records, [.readOnly, .fast],
      "Gets the first record, in natural order of names, that matches.",
      complexity: "O(1) for a name, else O(candidates of the rarest index)",
      replies: "The record's text, or null.",
      [.query, .body, .rev, .trigger]),
    CommandSpec(
      .names, runs: .names, arity: -2, .records, [.readOnly],
      "Gets the names of all matching records, in natural order.",
      complexity: "O(candidates of the rarest index)",
      replies: "An array of names in text form, each a valid query; with CURSOR a page.",
      errors: [.limit],
      [.query, .body, .limit, .after, .cursor, .rev, .trigger]),
    CommandSpec(
      .find, runs: .find, arity: -2, .records, [.readOnly],
      "Gets all matching records, in natural order of names.",
      complexity: "O(candidates of the rarest index)",
      replies: "An array of records' texts; with CURSOR a page.",
      errors: [.limit],
      [.query, .body, .limit, .after, .cursor, .rev, .trigger]),
    CommandSpec(
      .count, runs: .count, arity: -2, .records, [.readOnly],
      "Counts the matching records.",
      complexity: "O(candidates of the rarest index)",
      replies: "How many records match; with CURSOR a page.",
      errors: [.limit],
      [.query, .body, .after, .cursor]),
    CommandSpec(
      .exists, runs: .exists, arity: -2, .records, [.readOnly, .fast],
      "Counts those of the queries that have a match.",
      complexity: "O(1) for each name, else O(candidates of the rarest index)",
      replies: "How many of the queries have a match.",
      errors: [.limit],
      [.queries, .rev, .trigger]),
    CommandSpec(
      .explain, runs: .explain, arity: -2, .records, [.readOnly],
      "Shows how a query would be answered.",
      complexity: "O(candidates of the rarest index)",
      replies: "A map: query, index, candidates, matches, records.",
      errors: [.limit],
      [.query, .body]),
    CommandSpec(
      .dbsize, runs: .size, arity: 1, .records, [.readOnly, .fast],
      "Counts all records.",
      replies: "How many records there are."),
    CommandSpec(
      .set, runs: .set, arity: -2, .records, [.write, .growing, .fast],
      "Sets a record, replacing one of its name as a whole; comparisons in it are conditions on that.",
      complexity: "O(a log n) for a attributes",
      replies: "OK, with RETURN the record's text; null if NX or XX does not hold.",
      errors: [.noName, .mismatch, .noPermission, .outOfMemory, .readOnly],
      [
        .record, .body, .choice("presence", "NX", "XX").optional, .ifRevision, .transient,
        .returns, .rev, .trigger,
      ]),
    CommandSpec(
      .setseq, runs: .setSequential, arity: -2, .records, [.write, .growing, .fast],
      "Sets a record under the given name with the next number of its own appended.",
      complexity: "O(a log n) for a attributes",
      replies: "The new name, with RETURN the record's text.",
      errors: [.noName, .limit, .tooBig, .noPermission, .outOfMemory, .readOnly],
      [.record, .body, .transient, .returns, .rev, .trigger]),
    CommandSpec(
      .update, runs: .update, arity: -2, .records, [.write, .growing, .fast],
      "Changes some attributes of the record that is there.",
      complexity: "O(a log n) for a attributes",
      replies: "OK, with RETURN the record's text.",
      errors: [.noName, .mismatch, .tooBig, .noPermission, .outOfMemory, .readOnly],
      [
        .record, .body, .ifRevision,
        ArgumentSpec("attribute", token: "REMOVE").optional.repeated,
        ArgumentSpec(
          "addition", .block([ArgumentSpec("attribute"), ArgumentSpec("number", .double)]),
          token: "ADD"
        ).optional.repeated,
        .returns, .rev, .trigger,
      ]),
    CommandSpec(
      .del, runs: .delete, arity: -2, .records, [.write],
      "Deletes records by name, or with ALL every record that matches.",
      complexity: "O(a log n) for each record of a attributes",
      replies: "How many records were deleted.",
      errors: [.noName, .mismatch, .limit, .noPermission, .readOnly],
      [.queries, ArgumentSpec.word("ALL").optional, .ifRevision, .rev, .trigger]),
  ]
}
