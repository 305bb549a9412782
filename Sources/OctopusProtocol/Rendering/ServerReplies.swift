import OctopusEngine
import RESP

// What the server answers to connection commands.
extension RESPEncoder {
  /// HELLO's map, in the words of `version`.
  package mutating func append(helloFrom client: Int64, serverVersion: String) {}
  /// INFO's text; `sections` as in `ConnectionCommand.info`.
  package mutating func append(_ figures: Figures, sections: [String]) {}
  /// CLIENT LIST, a line for each; CLIENT INFO is the same for one.
  package mutating func append(_ clients: [ClientDescription]) {}
  package mutating func append(_ entries: [SlowLogEntry]) {}
  /// COMMAND and its subcommands.
  package mutating func append(_ question: TableQuestion) {}
  /// CONFIG GET: a map of the parameters, sorted, whose names match a pattern.
  package mutating func append(configuration: [String: String], patterns: [String]) {}
  /// HELP, and the HELP subcommand of a command.
  package mutating func append(helpFor command: CommandName?) {}
  /// TIME: seconds and microseconds.
  package mutating func append(unixMicroseconds: Int64) {}
  /// What a monitoring client sees of another's request.
  package mutating func append(monitored request: Request, unixMicroseconds: Int64, address: String)
  {}
}
