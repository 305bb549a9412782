import Logging
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import Synchronization

/// What all event loops of a server share.
final class Hub: Sendable {
  let switchboard: Switchboard
  let shared: Connection.Shared
  /// How long a connection may take to give the password.
  let strangerMilliseconds: Int64
  let busyPollMicroseconds: Int64
  let slowLog: SlowLog
  let logger: Logger
  let facts: Facts
  private let markKeeper: MarkKeeper?
  private let serial = Atomic<Int64>(0)
  let monitorCount = MonitorCount()
  let attempts: PasswordAttempts
  // Safe: set once, before anything that looks at it begins.
  nonisolated(unsafe) private(set) var loops: [Loop] = []
  let loopCount: Int

  /// What INFO says that does not change.
  struct Facts: Sendable {
    var memoryLimit: Int?
    var socketPath: String?
    var tcpPort = 0
    let startedAt = Clock.monotonicMicroseconds()
  }

  init(
    switchboard: Switchboard, shared: Connection.Shared, strangerMilliseconds: Int64,
    passwordPauseMicroseconds: Int64,
    busyPollMicroseconds: Int64, slowLog: SlowLog, logger: Logger, facts: Facts,
    markStorage: (any MarkStorage)?
  ) throws(SystemError) {
    self.switchboard = switchboard
    markKeeper =
      if let markStorage {
        try MarkKeeper(markStorage, switchboard, logger: logger)
      } else { nil }
    self.shared = shared
    self.strangerMilliseconds = strangerMilliseconds
    attempts = PasswordAttempts(firstPauseMicroseconds: passwordPauseMicroseconds)
    self.busyPollMicroseconds = busyPollMicroseconds
    self.slowLog = slowLog
    self.logger = logger
    self.facts = facts
    loopCount = switchboard.loops
    for index in 0..<loopCount { loops.append(try Loop(index, of: self)) }
  }

  /// A number for a client or a session on this loop. Each is given once.
  func nextID(on loop: Int) -> Int64 {
    let serial = serial.add(1, ordering: .relaxed).newValue
    return Home.id(serial: serial, on: loop, among: loops.count)
  }

  /// Has all loops serve, each on a thread.
  func start() throws(SystemError) -> [Thread] {
    var threads: [Thread] = []
    do throws(SystemError) {
      for loop in loops { threads.append(try Thread("loop \(loop.index)") { loop.serve() }) }
      // Weak: the keeper is the hub's.
      try markKeeper?.start { [weak self] loop in self?.loops[loop].wake() }
    } catch {
      stop(threads)
      throw error
    }
    return threads
  }

  /// Has all loops end their connections, and then themselves.
  func stop(_ threads: [Thread]) {
    for loop in loops {
      loop.post {
        $0.closeAll()
        $0.isStopped = true
      }
    }
    for thread in threads { thread.join() }
    markKeeper?.stop()
    for loop in loops { loop.clear() }
  }

  /// Compiles regular expressions, where their time holds up nobody.
  func compilePatterns() {
    do throws(SystemError) {
      try Thread("aside") { [switchboard] in switchboard.compilePatterns() }.detach()
    } catch {
      // Late is better than never.
      switchboard.compilePatterns()
    }
  }

  /// Has the revision mark raised, where waiting for the disk holds up nobody.
  func raiseMark() { markKeeper?.notify() }

  func noteRefusal() {
    logger.error(
      "changes are refused (READONLY) until the revision mark is raised",
      metadata: ["revision": "\(switchboard.statistics.revision)"])
  }
}

/// How many clients want to see what the others ask.
final class MonitorCount: Sendable {
  private let count = Atomic<Int>(0)

  var isPositive: Bool { count.load(ordering: .relaxed) > 0 }

  func change(by change: Int) { count.add(change, ordering: .relaxed) }
}
