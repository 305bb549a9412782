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
  package var triggers = 0
  /// How many commands are queued since MULTI; nil outside.
  package var queuedCommands: Int?
  package var inputBytes = 0
  package var outputBytes = 0
  package var lastCommand: CommandName?
  package var user = "default"
  package var userID: UInt32?
  package var processID: Int32?
  /// The client whose session this connection is the event binding of.
  package var boundTo: Int64?
  package var version = 2
  package var libraryName: [UInt8] = []
  package var libraryVersion: [UInt8] = []

  package init(id: Int64, address: String, localAddress: String) {
    self.id = id
    self.address = address
    self.localAddress = localAddress
  }
}
