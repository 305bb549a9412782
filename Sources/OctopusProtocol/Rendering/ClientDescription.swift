import RESP

/// A client as CLIENT LIST shows it. The server fills it in.
package struct ClientDescription: Sendable {
  package var id: Int64
  package var address: String
  package var localAddress: String
  package var descriptor: Int32 = -1
  package var name: [UInt8] = []
  package var ageSeconds: Int64 = 0
  package var idleSeconds: Int64 = 0
  package var isBlocked = false
  package var isMonitor = false
  package var subscriptions = 0
  package var patternSubscriptions = 0
  /// How many commands are queued since MULTI; nil outside.
  package var queuedCommands: Int?
  /// Received and not taken, and the free space behind it.
  package var inputBytes = 0
  package var freeInputBytes = 0
  /// What the arguments of a request occupy whose end has not arrived.
  package var argumentBytes = 0
  /// What the queued commands occupy.
  package var transactionBytes = 0
  /// Output that is rendered and not sent.
  package var renderedBytes = 0
  /// Replies and pushes that are not rendered.
  package var queuedOutputs = 0
  /// What all output occupies, with the records that only it keeps alive.
  package var outputBytes = 0
  /// What the connection occupies in all.
  package var totalBytes = 0
  package var lastCommand: CommandName?
  package var user = "default"
  /// Of the peer's process; known, like its id, only on a Unix socket.
  package var userID: UInt32?
  package var processID: Int32?
  /// The client whose session this connection is the event binding of.
  package var boundTo: Int64?
  package var version = RESPVersion.two
  package var libraryName: [UInt8] = []
  package var libraryVersion: [UInt8] = []

  package init(id: Int64, address: String, localAddress: String) {
    self.id = id
    self.address = address
    self.localAddress = localAddress
  }

  /// Redis's flags: N for none of the others.
  private var flags: String {
    let flags: [(Bool, String)] = [
      (isMonitor, "O"), (subscriptions + patternSubscriptions > 0, "P"),
      (queuedCommands != nil, "x"),
      (isBlocked, "b"), (userID != nil, "U"),
    ]
    let own = flags.filter(\.0).map(\.1).joined()
    return own.isEmpty ? "N" : own
  }

  /// `id=1 addr=… `, without a line's end: Redis's fields, then our own.
  var line: String {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    var fields: [(String, String)] = [
      ("id", "\(id)"), ("addr", address), ("laddr", localAddress), ("fd", "\(descriptor)"),
      ("name", text(name)), ("age", "\(ageSeconds)"), ("idle", "\(idleSeconds)"),
      ("flags", flags), ("db", "0"), ("sub", "\(subscriptions)"),
      ("psub", "\(patternSubscriptions)"), ("ssub", "0"), ("multi", "\(queuedCommands ?? -1)"),
      ("qbuf", "\(inputBytes)"), ("qbuf-free", "\(freeInputBytes)"),
      ("argv-mem", "\(argumentBytes)"), ("multi-mem", "\(transactionBytes)"),
      ("obl", "\(renderedBytes)"), ("oll", "\(queuedOutputs)"), ("omem", "\(outputBytes)"),
      ("tot-mem", "\(totalBytes)"),
      ("cmd", lastCommand?.text ?? "NULL"), ("user", user), ("resp", "\(version.rawValue)"),
      ("lib-name", text(libraryName)), ("lib-ver", text(libraryVersion)),
    ]
    if let boundTo { fields.append(("bound", "\(boundTo)")) }
    if let userID { fields.append(("uid", "\(userID)")) }
    if let processID { fields.append(("pid", "\(processID)")) }
    return fields.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
  }
}

extension RESPEncoder {
  /// CLIENT LIST, a line for each; CLIENT INFO is the same for one.
  package mutating func append(_ clients: [ClientDescription]) {
    var text = ""
    for client in clients { text += client.line + "\n" }
    verbatim(text.utf8)
  }
}
