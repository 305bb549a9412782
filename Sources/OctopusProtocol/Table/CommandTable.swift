import OctopusEngine
import RESP

/// The one table of commands, looked up by name.
package struct CommandTable: Sendable {
  package static let standard = CommandTable()

  /// In the order of `CommandName`.
  package let rows: [CommandSpec] = []

  package subscript(name: CommandName) -> CommandSpec { rows[0] }

  /// Finds the command, or subcommand, that a request names, and checks how many arguments it has.
  ///
  /// - Throws: ERR, in Redis's words.
  package func identify(_ request: Request) throws(Failure) -> CommandName {
    throw Failure(.error, "unknown command")
  }
}
