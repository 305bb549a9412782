import OctopusRecords
import RESP

// Waits that the other side carries: a command is deferred, and its answer comes when it can.

/// The answer to a deferred command, for whoever waits for it. If nobody waits any more, what was
/// given is given back.
final class DeferredReply: Sendable {
  let promise = Promise<RESPValue>()
  private let giveBack: @Sendable () -> Void

  init(giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

  func settle(_ outcome: OctopusClient.Outcome) {
    let outcome = outcome.flatMap { reply in
      reply.error.map { .failure($0) } ?? .success(reply)
    }
    let isWanted = promise.settle(outcome)
    if !isWanted, case .success(let reply) = outcome, !reply.isNull { giveBack() }
  }
}

extension OctopusClient {
  /// Sends a command that may wait long, and waits for its answer. Other commands of this client do
  /// not wait behind it.
  ///
  /// - Parameters:
  ///   - timeout: how long the other side waits; zero or less: it only tries; nil: for ever.
  ///   - giveBack: the command that undoes what was granted to a task that was cancelled meanwhile.
  /// - Throws: `timeout` for a null.
  func wait(
    _ command: [[UInt8]], _ timeout: Duration?, giveBack: [[UInt8]]
  ) async throws(OctopusError) -> RESPValue {
    if Task.isCancelled { throw .cancelled }
    let tag = Array("\(session.nextNumber())".utf8)
    let reply = DeferredReply { [session] in session.send(giveBack) { _ in } }
    let limit = timeout.map { words("TIMEOUT", "\($0.wholeMilliseconds)") } ?? []
    session.send(command + limit, deferredAs: tag, reply)
    do throws(OctopusError) {
      let value = try await reply.promise.value()
      if value.isNull { throw .timeout }
      return value
    } catch {
      if error == .cancelled { session.cancel(deferred: tag) }
      throw error
    }
  }
}

extension Duration {
  /// Rounded up, so that a short limit is not none.
  fileprivate var wholeMilliseconds: Int64 {
    guard self > .zero else { return 0 }
    let (seconds, attoseconds) = components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    let isWhole = attoseconds % 1_000_000_000_000_000 == 0
    guard seconds < Limits.timeoutMilliseconds / 1_000 else { return Limits.timeoutMilliseconds }
    return seconds * 1_000 + milliseconds + (isWhole ? 0 : 1)
  }
}
