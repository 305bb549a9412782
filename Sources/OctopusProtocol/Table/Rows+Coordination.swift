// The rows of the commands with which clients wait for each other.

extension CommandSpec {
  static let coordinationRows: [CommandSpec] = [
    CommandSpec(
      .cancel, arity: 2, .coordination, [.fast],
      "Ends the deferred wait with this tag.",
      replies: "1 if it waited: no push will come; else 0.",
      [ArgumentSpec("tag")])
  ]
}

extension ArgumentSpec {
  static let timeout = Self("milliseconds", .integer, token: "TIMEOUT").optional
  static let deferTag = Self("tag", token: "DEFER").optional
}
