import Foundation
import RESP

// Clients that expect to be refused.

extension Client {
  /// The next reply, which may be an error.
  func answer() throws -> RESPValue {
    do { return try receive() } catch let refused as Refused { return refused.reply }
  }

  func answer(_ words: [String]) throws -> RESPValue {
    try send(command(words))
    return try answer()
  }

  /// Sends `count` commands, a thousand at a time, until some are refused. Returns the first error,
  /// else the last reply.
  func pipeline(_ count: Int, _ words: (Int) -> [String]) throws -> RESPValue {
    var last = RESPValue.null
    for start in stride(from: 0, to: count, by: 1_000) {
      let numbers = start..<min(start + 1_000, count)
      try send(numbers.flatMap { command(words($0)) })
      var error: RESPValue?
      for _ in numbers {
        last = try answer()
        if error == nil, case .error = last { error = last }
      }
      if let error { return error }
    }
    return last
  }

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
