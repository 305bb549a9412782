import OctopusEngine
import OctopusProtocol

/// The commands between MULTI and EXEC.
package struct QueuedTransaction {
  package private(set) var commands: [Command] = []
  private var byteCount = 0
  /// A command was refused, so EXEC will be refused.
  private(set) var isAborted = false

  mutating func abort() {
    isAborted = true
    // EXEC will not run them.
    commands = []
  }

  /// - Throws: `LIMIT` when the transaction would have too many commands or bytes.
  mutating func append(_ command: Command, byteCount: Int) throws(Failure) {
    guard !isAborted else { return }
    guard commands.count < SessionLimits.transactionCommands,
      self.byteCount + byteCount <= SessionLimits.transactionBytes
    else { throw Failure(.limit, "the transaction has too many commands") }
    commands.append(command)
    self.byteCount += byteCount
  }
}
