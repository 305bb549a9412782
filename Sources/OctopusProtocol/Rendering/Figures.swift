import OctopusEngine

/// What INFO prints. The server fills it in.
package struct Figures: Sendable {
  // Server.
  package var version = ""
  package var operatingSystem = ""
  package var processID: Int32 = 0
  package var uptimeSeconds: Int64 = 0
  package var socketPath: String?
  package var tcpPort = 0
  package var eventLoops = 1
  // Clients.
  package var connectedClients = 0
  package var maximumClients = 0
  package var blockedClients = 0
  package var boundClients = 0
  package var monitors = 0
  // Memory, in bytes.
  package var memoryLimit: Int?
  package var residentMemory: Int64 = 0
  package var residentPeak: Int64 = 0
  package var queuedOutput: Int64 = 0
  // The revision mark.
  /// The revision up to which the disk knows; nil: no mark is kept.
  package var revisionsReserved: Int64?
  /// Why the mark cannot be raised; nil: it can.
  package var revisionMarkError: String?
  // Since the start.
  package var connectionsReceived: Int64 = 0
  package var connectionsOverflowed: Int64 = 0
  package var commandsProcessed: Int64 = 0
  package var inputBytes: Int64 = 0
  package var outputBytes: Int64 = 0
  package var errorReplies: Int64 = 0
  package var eventsSent: Int64 = 0
  package var messagesSent: Int64 = 0
  package var operationsPerSecond: Int64 = 0
  package var errorsByCode: [ErrorCode: Int64] = [:]
  // The engine.
  package var engine: Statistics

  package init(engine: Statistics) { self.engine = engine }
}
