// The rows of the commands with which clients wait for each other.

extension CommandSpec {
  static let coordinationRows: [CommandSpec] =
    lockRows + semaphoreRows + barrierRows + deferringRows

  private static let lockRows: [CommandSpec] = [
    CommandSpec(
      .lock, runs: .lock, arity: -2, .coordination, [.write, .growing, .fast],
      "Takes a lock, exclusive or SHARED, first come, first served; it is held until UNLOCK or the "
        + "session's end.",
      replies:
        "An array of the fencing token and the name of the holder's record; null at the time "
        + "limit.",
      errors: [.busy, .gone, .limit, .noBinding, .noPermission, .outOfMemory, .readOnly],
      [
        .name, .word("SHARED").optional, .holderTask, ArgumentSpec("body", token: "WITH").optional,
        .timeout, .deferTag,
      ]),
    CommandSpec(
      .unlock, runs: .unlock, arity: -2, .coordination, [.write, .fast],
      "Gives a lock back; the next waiter is granted it.",
      replies: "1; 0 if this holder does not hold it.",
      [.name, .holderTask]),
  ]

  private static let semaphoreRows: [CommandSpec] = [
    CommandSpec(
      .sem, arity: -2, .coordination, [],
      "Commands about semaphores.",
      replies: "As its subcommand says."),
    CommandSpec(
      .semNew, "sem|new", runs: .newSemaphore, arity: 4, .coordination, [.write, .growing, .fast],
      "Makes a semaphore with n permits; it stays until its record is deleted.",
      replies: "OK, also if it exists with the same number of permits.",
      errors: [.busy, .noPermission, .outOfMemory, .readOnly],
      [.name, ArgumentSpec("permits", .integer)]),
    CommandSpec(
      .semWait, "sem|wait", runs: .takePermits, arity: -3, .coordination,
      [.write, .growing, .fast],
      "Takes permits, one if no number is given, first come, first served. They come back with POST or "
        + "the session's end, unless CONSUME took them for good.",
      replies: "1; null at the time limit.",
      errors: [
        .noSemaphore, .gone, .limit, .noBinding, .busy, .noPermission, .outOfMemory, .readOnly,
      ],
      [.name, .permits, .holderTask, .word("CONSUME").optional, .timeout, .deferTag]),
    CommandSpec(
      .semTry, "sem|try", runs: .tryPermits, arity: -3, .coordination, [.write, .growing, .fast],
      "Takes permits if they are free and nobody waits.",
      replies: "1, or 0.",
      errors: [.noSemaphore, .limit, .noPermission, .outOfMemory, .readOnly],
      [.name, .permits, .holderTask, .word("CONSUME").optional]),
    CommandSpec(
      .semPost, "sem|post", runs: .postPermits, arity: -3, .coordination, [.write, .fast],
      "Gives permits back. Those that this holder does not have are added to the semaphore.",
      replies: "OK.",
      errors: [.noSemaphore, .limit, .noPermission, .readOnly],
      [.name, .permits, .holderTask]),
    CommandSpec(
      .semHelp, "sem|help", arity: 2, .coordination, [.fast],
      "Describes the subcommands.",
      replies: "An array of lines."),
  ]

  private static let barrierRows: [CommandSpec] = [
    CommandSpec(
      .barrier, arity: -2, .coordination, [],
      "Commands about barriers.",
      replies: "As its subcommand says."),
    CommandSpec(
      .barrierEnter, "barrier|enter", runs: .enterBarrier, arity: -4, .coordination,
      [.write, .growing, .fast],
      "Waits until n parties have entered.",
      complexity: "O(1), for the last O(parties)",
      replies: "The name of the party's record; null at the time limit.",
      errors: [.busy, .gone, .limit, .noBinding, .noPermission, .outOfMemory, .readOnly],
      [.name, ArgumentSpec("parties", .integer), .holderTask, .timeout, .deferTag]),
    CommandSpec(
      .barrierLeave, "barrier|leave", runs: .leaveBarrier, arity: -3, .coordination,
      [.write, .fast],
      "Leaves, and waits until all who entered together have left.",
      complexity: "O(1), for the last O(parties)",
      replies: "OK; null at the time limit: this party has left all the same.",
      errors: [.notHeld, .broken, .busy, .noBinding],
      [.name, .holderTask, .timeout, .deferTag]),
    CommandSpec(
      .barrierHelp, "barrier|help", arity: 2, .coordination, [.fast],
      "Describes the subcommands.",
      replies: "An array of lines."),
  ]

  private static let deferringRows: [CommandSpec] = [
    CommandSpec(
      .cancel, runs: .cancel, arity: 2, .coordination, [.fast],
      "Ends the deferred wait with this tag.",
      replies: "1 if it waited: no push will come; else 0.",
      [ArgumentSpec("tag")])
  ]
}

extension ArgumentSpec {
  static let name = Self("name")
  static let holderTask = Self("who", token: "AS").optional
  static let permits = Self("permits", .integer).optional
  static let timeout = Self("milliseconds", .integer, token: "TIMEOUT").optional
  static let deferTag = Self("tag", token: "DEFER").optional
}
