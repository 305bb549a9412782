import Logging
import OctopusProtocol
import OctopusRecords
import OctopusSession
import OctopusSystem
import Synchronization

/// What the event loops of a server share, and the loops themselves.
final class ServerContext: Sendable {
  let engine: EngineHost
  let quota: ConnectionQuota
  let evictionLog = LogRate()
  let settings: ConnectionStateMachine.Settings
  let options: Options
  let facts: Facts
  let slowLog: SlowLog
  let logger: Logger
  let monitorCount = MonitorCount()
  let attempts: PasswordAttempts
  private let markKeeper: HighWaterMarkWriter?
  let journal: Journal?
  private let lastSerial = Atomic<Int64>(0)
  // Safe: set once, before any thread begins that reads it.
  nonisolated(unsafe) private(set) var loops: [EventLoop] = []
  let loopCount: Int

  struct Options: Sendable {
    /// How long a connection may take to give the password.
    var authenticationMilliseconds: Int64
    /// How long a connection waits after its first wrong password.
    var passwordPauseMicroseconds: Int64
    var busyPollMicroseconds: Int64
    /// How many connections a user may have; nil: as many as `ConnectionQuota` says.
    var clientsPerUser: Int?
  }

  /// What INFO says that never changes.
  struct Facts: Sendable {
    var memoryLimit: Int?
    var socketPath: String?
    var tcpPort = 0
    let startedAt = SystemClock.monotonicMicroseconds()
  }

  init(
    engine: EngineHost, settings: ConnectionStateMachine.Settings, options: Options,
    slowLog: SlowLog, logger: Logger, facts: Facts, markStorage: (any HighWaterMarkStorage)?,
    journal: Journal?
  ) throws(SystemError) {
    self.engine = engine
    self.journal = journal
    quota = ConnectionQuota(most: options.clientsPerUser)
    markKeeper =
      if let markStorage {
        try HighWaterMarkWriter(markStorage, engine, logger: logger)
      } else { nil }
    self.settings = settings
    self.options = options
    attempts = PasswordAttempts(firstPauseMicroseconds: options.passwordPauseMicroseconds)
    self.slowLog = slowLog
    self.logger = logger
    self.facts = facts
    loopCount = engine.loops
    for index in 0..<loopCount { loops.append(try EventLoop(index, of: self)) }
  }

  /// An id for a connection or a session on this loop. Each is given once.
  func makeID(on loop: Int) -> Int64 {
    let serial = lastSerial.add(1, ordering: .relaxed).newValue
    return LoopAssignment.id(serial: serial, on: loop, among: loopCount)
  }

  /// Starts a thread for each loop.
  func start() throws(SystemError) -> [Thread] {
    var threads: [Thread] = []
    do throws(SystemError) {
      for loop in loops { threads.append(try Thread("loop \(loop.index)") { loop.serve() }) }
      // Weak: the context owns the keeper.
      try markKeeper?.start { [weak self] loop in self?.loops[loop].wake() }
      try journal?.start(
        Journal.Loops(
          wake: { [weak self] loop in self?.loops[loop].wake() },
          sendHeld: { [weak self] in
            for loop in self?.loops ?? [] { loop.submit { $0.sendHeld() } }
          }))
    } catch {
      stop(threads)
      throw error
    }
    return threads
  }

  /// Closes all connections and ends the loops' threads.
  func stop(_ threads: [Thread]) {
    for loop in loops {
      loop.submit {
        $0.closeAll()
        $0.isStopped = true
      }
    }
    for thread in threads { thread.join() }
    markKeeper?.stop()
    journal?.stop()
    for loop in loops { loop.discardMail() }
  }

  /// Compiles regular expressions in a thread of its own, because it may take long.
  func compilePatterns() {
    do throws(SystemError) {
      try Thread("aside") { [engine] in engine.compilePatterns() }.detach()
    } catch {
      // Late is better than never.
      engine.compilePatterns()
    }
  }

  /// Has the revision mark raised, in a thread of its own, because the disk may be slow.
  func raiseMark() { markKeeper?.notify() }

  func logRefusal() {
    logger.error(
      "changes are refused (READONLY) until the revision mark is raised",
      metadata: ["revision": "\(engine.statistics.revision)"])
  }
}

/// How many clients MONITOR the commands of others.
final class MonitorCount: Sendable {
  private let count = Atomic<Int>(0)

  var isPositive: Bool { count.load(ordering: .relaxed) > 0 }

  func add(_ change: Int) { count.add(change, ordering: .relaxed) }
}
