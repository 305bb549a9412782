import Foundation
import RESP

// What clients do that hold up others.

extension Client {
  /// Executes a transaction. Returns the first error, else the reply to EXEC.
  func transaction(_ count: Int, _ words: (Int) -> [String]) throws -> RESPValue {
    try ask("MULTI")
    let queued = try pipeline(count, words)
    let executed = try answer(["EXEC"])
    if case .error = queued { return queued }
    return executed
  }

  /// Asks for one page after the other with CURSOR. Returns the last reply.
  func pages(_ words: String...) throws -> RESPValue {
    var after: [String] = []
    while true {
      let page = try answer(words + after + ["CURSOR"])
      guard case .array(let parts) = page, case .bulk(let next)? = parts.first else { return page }
      after = ["AFTER", String(decoding: next, as: UTF8.self)]
    }
  }

  /// Waits for `count` pushes of deferred waits.
  func awaitPushes(_ count: Int) throws {
    for _ in 0..<count { _ = try receive() }
  }

  /// Reads and discards everything from now on, from a thread of its own.
  func discard() {
    // Safe: from here on nobody else reads.
    nonisolated(unsafe) let wire = wire
    Thread {
      while (try? wire.fill()) != nil {
        wire.take { $0 = UnsafeRawBufferPointer(rebasing: $0[$0.endIndex...]) }
      }
    }.start()
  }
}
