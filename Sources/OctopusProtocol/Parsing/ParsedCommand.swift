import OctopusEngine
import RESP

/// What a request asks for, read and checked.
package enum ParsedCommand: Sendable {
  /// Something that the engine carries out, in its own step or in a transaction.
  case engine(Command)
  /// Something that the connection itself carries out.
  case connection(ConnectionCommand)
}

/// A command about the connection or the server rather than about records.
package enum ConnectionCommand: Sendable, Hashable {
  /// Answers PONG, or the message.
  case ping(message: [UInt8]?)
  case echo([UInt8])
  case hello(Hello)
  case authenticate(Credentials)
  /// Ends the session and begins a new one.
  case reset
  case quit
  /// Makes this connection the event binding of that client's session.
  case bind(client: Int64)
  case multi
  case exec
  case discard
  case client(ClientCommand)
  case commandTable(TableQuestion)
  /// Sections, in lower case; empty: all.
  case info(sections: [String])
  /// Glob patterns of parameters' names.
  case configuration(patterns: [String])
  /// SELECT 0, the only database.
  case select
  case time
  case monitor
  case slowLog(SlowLogCommand)
  /// Begins a backup; or, with an offset, reads a part of the one that was begun.
  case backup(offset: Int?)
  /// The lines of HELP, of all commands or of one.
  case help(CommandName?)
}

package struct Credentials: Sendable, Hashable {
  package var user: [UInt8]?
  package var password: [UInt8]
}

package struct Hello: Sendable, Hashable {
  /// Nil: as it is.
  package var version: RESPVersion?
  package var credentials: Credentials?
  package var name: [UInt8]?
}

package enum ClientCommand: Sendable, Hashable {
  case id
  case info
  case name
  case setName([UInt8])
  case setLibraryName([UInt8])
  case setLibraryVersion([UInt8])
  case list(ClientFilter)
  /// Answers how many were ended; in the old form, with an address alone, OK or an error.
  case kill(ClientFilter, isOldForm: Bool)
  /// Answers 1 if that client waited for something.
  case unblock(client: Int64)
}

/// Which clients; a client must pass every part that is there.
package struct ClientFilter: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable { case normal, pubsub }

  package var ids: [Int64]?
  package var kind: Kind?
  package var address: [UInt8]?
  package var localAddress: [UInt8]?
  package var user: [UInt8]?
  /// Whether the asking client is left out.
  package var skipsSelf = false
}

package enum TableQuestion: Sendable, Hashable {
  case count
  /// Names of all commands.
  case list
  /// Empty: all. A name that is no command is nil.
  case info([CommandName?])
  /// Empty: all. Names that are no commands are left out.
  case docs([CommandName])
}

package enum SlowLogCommand: Sendable, Hashable {
  /// Nil: all.
  case get(count: Int?)
  case length
  case reset
}
