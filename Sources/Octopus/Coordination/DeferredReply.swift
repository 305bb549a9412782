import OctopusEngine
import OctopusRecords
import RESP

// Waits on the server: a command is deferred, and its answer is a push that comes later.

/// The answer to a deferred command. If the caller waits no more, what was granted is released.
final class DeferredReply: Sendable {
  let promise = Promise<RESPValue>()
  private let undo: @Sendable () -> Void

  init(undo: @escaping @Sendable () -> Void) { self.undo = undo }

  func resolve(_ outcome: OctopusClient.Outcome) {
    let outcome = outcome.flatMap { reply in
      reply.error.map { .failure($0) } ?? .success(reply)
    }
    let isWanted = promise.resolve(outcome)
    if !isWanted, case .success(let reply) = outcome, !reply.isNull { undo() }
  }
}

extension OctopusClient {
  /// Sends a command that may wait long, and waits for its answer. Other commands of this client go
  /// on meanwhile.
  ///
  /// - Parameters:
  ///   - timeout: how long the server waits; zero or less: it only tries; nil: forever.
  ///   - undo: the command that undoes what was granted to a task that was cancelled meanwhile.
  /// - Throws: `timeout` for a null.
  func wait(
    _ command: [[UInt8]], _ timeout: Duration?, undo: [[UInt8]]
  ) async throws(OctopusError) -> RESPValue {
    if Task.isCancelled { throw .cancelled }
    let tag = Array("\(session.nextNumber())".utf8)
    let reply = DeferredReply { [session] in session.send(undo) { _ in } }
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
    guard seconds < EngineLimits.timeoutMilliseconds / 1_000 else {
      return EngineLimits.timeoutMilliseconds
    }
    return seconds * 1_000 + milliseconds + (isWhole ? 0 : 1)
  }
}
