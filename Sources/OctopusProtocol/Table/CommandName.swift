/// Names a row of the command table, a subcommand being a row of its own.
package enum CommandName: UInt8, Sendable, CaseIterable {
  // Records.
  case get, names, find, count, exists, explain, dbsize
  case set, setseq, update, del
  // Watching.
  case waitfor, sync, untrigger, observe
  case subscribe, unsubscribe, psubscribe, punsubscribe, publish
  // Coordination.
  case lock, unlock
  case sem
  case semNew
  case semWait
  case semTry
  case semPost
  case semHelp
  case barrier
  case barrierEnter
  case barrierLeave
  case barrierHelp
  case cancel
  // Transactions.
  case multi, exec, discard
  // The connection.
  case ping, echo, hello, auth, reset, quit, select, bind
  case client
  case clientList
  case clientKill
  case clientUnblock
  case clientID
  case clientInfo
  case clientSetname
  case clientGetname
  case clientSetinfo
  case clientHelp
  // The server.
  case command
  case commandCount
  case commandDocs
  case commandInfo
  case commandList
  case commandHelp
  case info, config
  case configGet
  case configHelp
  case time, monitor, slowlog
  case slowlogGet
  case slowlogLen
  case slowlogReset
  case slowlogHelp
  case backup, help
}

extension CommandName {
  /// As the protocol has it: `get`, `client|list`.
  package var text: String { CommandTable.standard[self].text }
}
