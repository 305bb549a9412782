import OctopusSystem
import RESP

extension OctopusClient {
  /// Carries out several commands as one step: all of them or, where a condition does not hold,
  /// none. Nobody sees anything in between. Two, three or four are written without the label:
  ///
  /// ```swift
  /// let (from, to) = try await octopus.transaction(
  ///   .update("account_1 { balance >= 10 }", add: ["balance": -10]),
  ///   .update("account_2", add: ["balance": 10]))
  /// ```
  ///
  /// - Returns: each command's answer.
  /// - Throws: `refused` with what the first command was refused with that cannot be done; then
  ///   nothing was changed. What every call can throw.
  public func transaction<each Value>(
    all command: repeat Command<each Value>
  ) async throws(OctopusError) -> (repeat each Value) {
    var arguments: [[[UInt8]]] = []
    repeat arguments.append((each command).arguments)
    var replies = try await transact(arguments).makeIterator()
    func read<Answer>(_ command: Command<Answer>) throws(OctopusError) -> Answer {
      // There is a reply for each command.
      try command.read(replies.next() ?? .null)
    }
    return (repeat try read(each command))
  }

  // The compiler does not yet find `.set(…)` in a list of any length; in these it does.

  /// Two commands as one step: see ``transaction(all:)``.
  ///
  /// - Throws: as ``transaction(all:)``.
  public func transaction<A, B>(
    _ a: Command<A>, _ b: Command<B>
  ) async throws(OctopusError) -> (A, B) {
    try await transaction(all: a, b)
  }

  /// Three commands as one step: see ``transaction(all:)``.
  ///
  /// - Throws: as ``transaction(all:)``.
  public func transaction<A, B, C>(
    _ a: Command<A>, _ b: Command<B>, _ c: Command<C>
  ) async throws(OctopusError) -> (A, B, C) {
    try await transaction(all: a, b, c)
  }

  /// Four commands as one step: see ``transaction(all:)``.
  ///
  /// - Throws: as ``transaction(all:)``.
  public func transaction<A, B, C, D>(
    _ a: Command<A>, _ b: Command<B>, _ c: Command<C>, _ d: Command<D>
  ) async throws(OctopusError) -> (A, B, C, D) {
    try await transaction(all: a, b, c, d)
  }

  /// Carries out several commands of one kind as one step: all of them, or none.
  ///
  /// ```swift
  /// try await octopus.transaction(devices.map { .set(Write($0)) })
  /// ```
  ///
  /// - Returns: the answers, in the same order.
  /// - Throws: as ``transaction(all:)``; `limit` for more than 10,000 commands.
  /// - Complexity: the sum of the commands'.
  @discardableResult
  public func transaction<Value>(
    _ commands: [Command<Value>]
  ) async throws(OctopusError) -> [Value] {
    let replies = try await transact(commands.map(\.arguments))
    var values: [Value] = []
    values.reserveCapacity(commands.count)
    for (command, reply) in zip(commands, replies) { values.append(try command.read(reply)) }
    return values
  }

  /// Sends MULTI, the commands, and EXEC, with nothing in between.
  private func transact(_ commands: [[[UInt8]]]) async throws(OctopusError) -> [RESPValue] {
    guard !commands.isEmpty else { return [] }
    if Task.isCancelled { throw .cancelled }
    let promise = Promise<RESPValue>()
    let refusal = Mutex<OctopusError?>(nil)
    // A command that cannot be queued says why; EXEC then only says that one could not.
    let queued: ClientSession.Completion = { outcome in
      if let error = (try? outcome.get())?.error { refusal.withLock { $0 = $0 ?? error } }
    }
    var batch = ([words("MULTI")] + commands).map { ($0, queued) }
    batch.append(
      (
        words("EXEC"),
        { outcome in
          promise.resolve(refusal.withLock { $0 }.map { .failure($0) } ?? outcome)
        }
      ))
    session.send(together: batch)
    let reply = try await promise.value().checked()
    guard let replies = reply.elements, replies.count == commands.count else {
      throw .unexpected(reply)
    }
    return replies
  }
}
