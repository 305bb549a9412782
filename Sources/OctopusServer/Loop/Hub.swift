import Logging
import NIOCore
import NIOPosix
import OctopusEngine
import OctopusProtocol
import OctopusRecords
import Synchronization

/// What all event loops of a server share.
final class Hub: Sendable {
  let switchboard: Switchboard
  let shared: Connection.Shared
  /// How long a connection may take to give the password.
  let strangerTime: TimeAmount
  let busyPollMicroseconds: Int64
  let slowLog: SlowLog
  let logger: Logger
  let facts: Facts
  private let serial = Atomic<Int64>(0)
  let monitorCount = MonitorCount()
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
    switchboard: Switchboard, shared: Connection.Shared, strangerTime: TimeAmount,
    busyPollMicroseconds: Int64, slowLog: SlowLog, logger: Logger, facts: Facts,
    eventLoops: [any EventLoop]
  ) {
    self.switchboard = switchboard
    self.shared = shared
    self.strangerTime = strangerTime
    self.busyPollMicroseconds = busyPollMicroseconds
    self.slowLog = slowLog
    self.logger = logger
    self.facts = facts
    loopCount = eventLoops.count
    loops = eventLoops.enumerated().map { Loop($0.offset, on: $0.element, of: self) }
  }

  /// A number for a client or a session on this loop. Each is given once.
  func nextID(on loop: Int) -> Int64 {
    let serial = serial.add(1, ordering: .relaxed).newValue
    return Home.id(serial: serial, on: loop, among: loops.count)
  }

  /// Compiles regular expressions, where their time holds up nobody.
  func compilePatterns() {
    NIOThreadPool.singleton.submit { [switchboard] state in
      if case .active = state { switchboard.compilePatterns() }
    }
  }

  /// Moves the high-water mark up, where waiting for the disk holds up nobody.
  func carryOut(_ raise: RevisionMark.Raise) {
    NIOThreadPool.singleton.submit { [switchboard] state in
      if case .active = state { switchboard.carryOut(raise) }
    }
  }
}

/// How many clients want to see what the others ask.
final class MonitorCount: Sendable {
  private let count = Atomic<Int>(0)

  var isPositive: Bool { count.load(ordering: .relaxed) > 0 }

  func change(by change: Int) { count.add(change, ordering: .relaxed) }
}
