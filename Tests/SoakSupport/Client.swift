import OctopusSystem
import RESP
import TestSupport

/// A client that keeps a journal of what it sends and receives, over RESP3, one request at a time.
package final class Client {
  private let client: RESPClient
  private let write: ([UInt8]) -> Void
  private var isLost = false

  /// - Parameter write: takes the journal, entry by entry.
  package init(_ path: String, name: String, journal write: @escaping ([UInt8]) -> Void) throws {
    self.write = write
    // Some waits are as long as the soak.
    client = try RESPClient(unix: path, timeLimit: nil)
    write(Journal.encode(.opened(name)))
    _ = ask("HELLO", "3", "SETNAME", name)
  }

  /// Sends a command and waits for its reply; nil when the connection is lost.
  package func ask(_ words: String...) -> RESPValue? { ask(words) }

  package func ask(_ words: [String]) -> RESPValue? {
    guard send(words) else { return nil }
    while let value = next() { if case .push = value { continue } else { return value } }
    return nil
  }

  /// Sends a command whose replies are pushes, and waits for the last of them; false when the
  /// connection is lost.
  package func ask(_ words: [String], until isLast: (RESPValue) -> Bool) -> Bool {
    guard send(words) else { return false }
    while let value = next() { if isLast(value) { return true } }
    return false
  }

  /// The next reply or push; nil when the connection is lost.
  package func next() -> RESPValue? {
    do {
      let value = try client.next()
      write(Journal.encode(.heard(value, at: Self.now())))
      return value
    } catch {
      if let error = error as? ProtocolError {
        write(Journal.encode(.heard(.error("not RESP: \(error)"), at: Self.now())))
      }
      lose()
      return nil
    }
  }

  private func lose() {
    write(Journal.encode(.lost))
    isLost = true
  }

  private func send(_ words: [String]) -> Bool {
    guard !isLost else { return false }
    // Before it is sent, so that nothing happens that no journal explains.
    write(Journal.encode(.asked(words, at: Self.now())))
    do {
      try client.send(command: words)
      return true
    } catch {
      lose()
      return false
    }
  }

  /// Microseconds of the monotonic clock, which all processes share.
  package static func now() -> Int64 { SystemClock.monotonicMicroseconds() }
}
