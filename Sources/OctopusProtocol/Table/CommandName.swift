/// Names a row of the command table, a subcommand being a row of its own.
package enum CommandName: String, Sendable, CaseIterable {
  // Records.
  case get, names, find, count, exists, explain, dbsize
  case set, setseq, update, del
  // Watching.
  case waitfor, untrigger, observe
  case subscribe, unsubscribe, psubscribe, punsubscribe, publish
  // Transactions.
  case multi, exec, discard
  // The connection.
  case ping, echo, hello, auth, reset, quit, select, bind
  case client
  case clientList = "client|list"
  case clientKill = "client|kill"
  case clientID = "client|id"
  case clientInfo = "client|info"
  case clientSetname = "client|setname"
  case clientGetname = "client|getname"
  case clientSetinfo = "client|setinfo"
  case clientHelp = "client|help"
  // The server.
  case command
  case commandCount = "command|count"
  case commandDocs = "command|docs"
  case commandInfo = "command|info"
  case commandList = "command|list"
  case commandHelp = "command|help"
  case info, config
  case configGet = "config|get"
  case configHelp = "config|help"
  case time, monitor, slowlog
  case slowlogGet = "slowlog|get"
  case slowlogLen = "slowlog|len"
  case slowlogReset = "slowlog|reset"
  case slowlogHelp = "slowlog|help"
  case help
}
