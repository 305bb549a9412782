import OctopusEngine
import OctopusRecords

/// What stands between MULTI and EXEC.
struct Transaction {
  private(set) var commands: [Command] = []
  private var byteCount = 0
  /// A command was refused: EXEC will be, too.
  private(set) var isAborted = false

  mutating func abort() {
    isAborted = true
    // Nothing will come of them.
    commands = []
  }

  mutating func queue(_ command: Command, byteCount: Int) throws(Failure) {
    guard !isAborted else { return }
    guard commands.count < Limits.transactionCommands,
      self.byteCount + byteCount <= Limits.transactionBytes
    else { throw Failure(.limit, "the transaction has too many commands") }
    commands.append(command)
    self.byteCount += byteCount
  }
}
