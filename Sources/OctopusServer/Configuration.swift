import OctopusProtocol
import OctopusRecords
import OctopusStore

/// The settings of a server.
package struct Configuration: Sendable {
  package struct UnixSocket: Sendable {
    package var path: String
    package var mode: UInt32 = 0o600
    /// The name or number of the group that the socket file belongs to.
    package var group: String?

    package init(path: String, mode: UInt32 = 0o600, group: String? = nil) {
      self.path = path
      self.mode = mode
      self.group = group
    }
  }

  package struct TCP: Sendable {
    package var host: String
    /// 0: any free port.
    package var port: Int

    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  package var socket: UnixSocket?
  /// Needs a password.
  package var tcp: TCP?
  package var password: [UInt8]?
  /// How long a connection may take to give the password.
  package var authenticationMilliseconds = SessionLimits.authenticationMilliseconds
  /// How long a connection waits after its first wrong password. Tests make it very long.
  package var passwordPauseMicroseconds: Int64 = 250_000
  /// How many bytes the engine may hold, by its own estimate; nil: no limit.
  package var memoryLimit: Int?
  /// How much work a command or a transaction may take, in units of about a nanosecond.
  package var stepBudget = Work.stepBudget
  /// How many connections a user may have, except for administrators; nil: a quarter of the
  /// descriptors.
  package var clientsPerUser: Int?
  /// Event loops, each a thread.
  package var loops = 1
  /// How long an event loop may poll for the next request before it sleeps; 0: not at all.
  package var busyPollMicroseconds: Int64 = 100
  /// Commands that take longer are in SLOWLOG; negative: none.
  package var slowlogMicroseconds: Int64 = 10_000
  /// The directory of the journal and of the high-water mark of revisions; nil: records do not
  /// survive the server, and revisions begin at 1 in each run.
  package var stateDirectory: String?
  /// Whether records are kept in the state directory.
  package var keepsJournal = true
  /// When changes are synced to the disk.
  package var sync = SyncPolicy.second
  /// By how many bytes the journal may exceed half as much again as the records take.
  package var journalSlack = 4 << 20
  /// How many revisions are reserved at a time.
  package var revisionStride = HighWaterMark.stride
  /// How long reading the state directory may take at the start.
  package var diskSeconds = 5

  package init(socket: UnixSocket? = nil, tcp: TCP? = nil, password: [UInt8]? = nil) {
    self.socket = socket
    self.tcp = tcp
    self.password = password
  }

  /// What CONFIG GET answers, including parameters that only tools for Redis ask for.
  var settings: [String: String] {
    [
      "appendfsync": sync.redisName,
      "appendonly": stateDirectory != nil && keepsJournal ? "yes" : "no",
      "bind": tcp?.host ?? "",
      "databases": "1",
      "io-threads": "\(loops)",
      "maxmemory": "\(memoryLimit ?? 0)",
      "maxmemory-policy": "noeviction",
      "notify-keyspace-events": "",
      "port": "\(tcp?.port ?? 0)",
      "save": "",
      "step-budget": "\(stepBudget / 1_000_000)",
      "slowlog-log-slower-than": "\(slowlogMicroseconds)",
      "slowlog-max-len": "\(SlowLog.capacity)",
      "state-directory": stateDirectory ?? "",
      "timeout": "0",
      "unixsocket": socket?.path ?? "",
      "unixsocketperm": socket.map { String($0.mode, radix: 8) } ?? "",
    ]
  }
}

extension SyncPolicy {
  /// The name of the same policy in Redis.
  fileprivate var redisName: String {
    switch self {
    case .always: "always"
    case .second: "everysec"
    case .never: "no"
    }
  }
}
