import OctopusEngine
import OctopusProtocol

/// The commands between MULTI and EXEC.
package struct QueuedTransaction {
  package private(set) var commands: [Command] = []
  /// About how many bytes they occupy.
  package private(set) var footprint = 0
  /// A command was refused, so EXEC will be refused.
  private(set) var isAborted = false

  mutating func abort() {
    isAborted = true
    // EXEC will not run them.
    commands = []
    footprint = 0
  }

  /// - Throws: `LIMIT` when the transaction would have too many commands or bytes.
  mutating func append(_ command: Command) throws(Failure) {
    guard !isAborted else { return }
    let size = command.footprint
    guard commands.count < SessionLimits.transactionCommands else {
      throw Failure(.limit, "the transaction has too many commands")
    }
    guard footprint + size <= SessionLimits.transactionBytes else {
      throw Failure(.limit, "the commands of the transaction occupy too much memory")
    }
    commands.append(command)
    footprint += size
  }
}
