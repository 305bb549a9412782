import OctopusEngine

/// The values that INFO prints. The server fills them in.
package struct ServerInfo: Sendable {
  // Server.
  package var version = ""
  package var operatingSystem = ""
  package var processID: Int32 = 0
  package var uptimeSeconds: Int64 = 0
  package var socketPath: String?
  package var tcpPort = 0
  package var eventLoops = 1
  package var clients = Clients()
  /// The limits on connections, but for administrators.
  package var maximumClients = 0
  package var maximumClientsPerUser = 0
  package var connectionsRejected = 0
  // Memory, in bytes.
  package var memoryLimit: Int?
  /// What event loops have left for each other.
  package var mailMemory = 0
  package var residentMemory: Int64 = 0
  package var residentPeak: Int64 = 0
  // The revision mark.
  /// The revision up to which the disk knows; nil: no mark is kept.
  package var revisionsReserved: Int64?
  /// Why the mark cannot be raised; nil: it can.
  package var revisionMarkError: String?
  /// Nil: no journal is kept.
  package var journal: Journal?
  package var traffic = Traffic()
  package var engine: Statistics

  package init(engine: Statistics) { self.engine = engine }

  /// The state of the journal.
  package struct Journal: Sendable {
    package var store: String
    /// `always`, `second` or `never`.
    package var sync: String
    package var written: Revision
    package var durable: Revision
    /// Of all its files.
    package var bytes: Int
    package var files: Int
    package var isFull: Bool
    /// Why it cannot be written; nil: it can.
    package var error: String?
    /// Bytes that the start has cut off its end.
    package var cutBytes: Int

    package init(
      store: String, sync: String, written: Revision, durable: Revision, bytes: Int, files: Int,
      isFull: Bool, error: String?, cutBytes: Int
    ) {
      self.store = store
      self.sync = sync
      self.written = written
      self.durable = durable
      self.bytes = bytes
      self.files = files
      self.isFull = isFull
      self.error = error
      self.cutBytes = cutBytes
    }
  }

  /// The connections of the server, or of one of its event loops.
  package struct Clients: Sendable {
    package var connected = 0
    package var blocked = 0
    package var bound = 0
    package var monitors = 0
    package var queuedOutputBytes = 0
    /// What all connections occupy.
    package var memory = 0
    package var operationsPerSecond: Int64 = 0

    package init() {}

    package static func += (sum: inout Clients, other: Clients) {
      sum.connected += other.connected
      sum.blocked += other.blocked
      sum.bound += other.bound
      sum.monitors += other.monitors
      sum.queuedOutputBytes += other.queuedOutputBytes
      sum.memory += other.memory
      sum.operationsPerSecond += other.operationsPerSecond
    }
  }

  /// What connections have done since the start.
  package struct Traffic: Sendable {
    package var connectionsReceived: Int64 = 0
    package var connectionsOverflowed: Int64 = 0
    package var clientsEvicted: Int64 = 0
    package var commandsProcessed: Int64 = 0
    package var inputBytes: Int64 = 0
    package var outputBytes: Int64 = 0
    package var eventsSent: Int64 = 0
    package var messagesSent: Int64 = 0
    package var errorReplies: Int64 = 0
    package var errorsByCode: [ErrorCode: Int64] = [:]

    package init() {}

    package mutating func count(_ failure: Failure) {
      errorReplies += 1
      errorsByCode[failure.code, default: 0] += 1
    }

    package static func += (sum: inout Traffic, other: Traffic) {
      sum.connectionsReceived += other.connectionsReceived
      sum.connectionsOverflowed += other.connectionsOverflowed
      sum.clientsEvicted += other.clientsEvicted
      sum.commandsProcessed += other.commandsProcessed
      sum.inputBytes += other.inputBytes
      sum.outputBytes += other.outputBytes
      sum.eventsSent += other.eventsSent
      sum.messagesSent += other.messagesSent
      sum.errorReplies += other.errorReplies
      sum.errorsByCode.merge(other.errorsByCode, uniquingKeysWith: +)
    }
  }
}
