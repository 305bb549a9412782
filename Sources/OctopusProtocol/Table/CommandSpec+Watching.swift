// The rows of the commands that wait, watch and publish, and of transactions.

extension CommandSpec {
  static let watchingRows: [CommandSpec] = [
    CommandSpec(
      .waitfor, runs: .waitFor, arity: -2, .watching, [.readOnly, .growing],
      "Waits until a record matches, until none does, or until n do.",
      complexity: "O(candidates of the rarest index), once",
      replies: "The record's text, with GONE or COUNT OK; null at the time limit.",
      errors: [.limit, .noBinding, .busy, .outOfMemory],
      [
        .query, .body,
        ArgumentSpec(
          "condition",
          .oneOf([.word("GONE"), ArgumentSpec("count", .integer, token: "COUNT")])
        ).optional,
        .timeout, .deferTag,
      ]),
    CommandSpec(
      .sync, runs: .sync, arity: -1, .watching, [.readOnly, .growing],
      "Waits until all changes so far are on the disk.",
      replies: "The revision up to which all changes are on the disk; null at the time limit.",
      errors: [.noBinding, .busy],
      [.timeout, .deferTag]),
    CommandSpec(
      .untrigger, runs: .untrigger, arity: 2, .watching, [.fast],
      "Removes a trigger; its last event says so.",
      replies: "1.",
      errors: [.noTrigger],
      [ArgumentSpec("id", .integer)]),
    CommandSpec(
      .observe, runs: .observe, arity: -2, .watching, [.readOnly, .growing],
      "Gets all matching records and installs a persistent trigger on them, in one step.",
      complexity: "O(candidates of the rarest index)",
      replies: "An array of the trigger's id, the revision, and an array of records' texts.",
      errors: [.limit, .noBinding, .outOfMemory],
      [.query, .body]),
    CommandSpec(
      .subscribe, runs: .subscribe, arity: -2, .watching, [.pubsub, .growing, .whileSubscribed],
      "Subscribes to published records that match.",
      replies: "For each query a push: subscribe, the query, how many subscriptions there are now.",
      errors: [.limit, .outOfMemory],
      [ArgumentSpec.query.multiple]),
    CommandSpec(
      .unsubscribe, runs: .unsubscribe, arity: -1, .watching, [.pubsub, .whileSubscribed],
      "Ends subscriptions, all of them if none is named.",
      replies: "For each query a push: unsubscribe, the query, how many subscriptions are left.",
      [ArgumentSpec.query.multiple.optional]),
    CommandSpec(
      .psubscribe, runs: .patternSubscribe, arity: -2, .watching,
      [.pubsub, .growing, .whileSubscribed],
      "Observes stored records that match, through any Redis client's pattern subscriptions.",
      complexity: "O(candidates of the rarest index)",
      replies:
        "For each query a push: psubscribe, the query, how many subscriptions there are now; "
        + "then a pmessage existing for each record, and a pmessage synced.",
      errors: [.limit, .outOfMemory],
      [ArgumentSpec.query.multiple]),
    CommandSpec(
      .punsubscribe, runs: .patternUnsubscribe, arity: -1, .watching, [.pubsub, .whileSubscribed],
      "Ends observing, of all queries if none is named.",
      replies: "For each query a push: punsubscribe, the query, how many subscriptions are left.",
      [ArgumentSpec.query.multiple.optional]),
    CommandSpec(
      .publish, runs: .publish, arity: -2, .watching, [.pubsub, .fast],
      "Hands a record to every session with a matching subscription, and stores nothing.",
      complexity: "O(matching subscriptions)",
      replies: "How many sessions got it.",
      errors: [.noName, .noPermission],
      [.record, .body]),
  ]

  static let transactionRows: [CommandSpec] = [
    CommandSpec(
      .multi, arity: 1, .transactions, [.fast, .duringMulti],
      "Begins a transaction: commands are queued until EXEC.",
      replies: "OK; then QUEUED to each command."),
    CommandSpec(
      .exec, arity: 1, .transactions, [.duringMulti],
      "Carries out the queued commands as one step: all, or, where a condition fails, none.",
      complexity: "That of the commands together",
      replies: "An array of their replies, or the error of the one that failed.",
      errors: [.executionAborted, .mismatch, .outOfMemory, .readOnly]),
    CommandSpec(
      .discard, arity: 1, .transactions, [.fast, .duringMulti],
      "Forgets the queued commands.",
      replies: "OK."),
  ]
}
