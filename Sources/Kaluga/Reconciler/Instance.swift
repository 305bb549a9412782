// One driver at work on one device, or on all of its devices.
import OctopusRecords

/// What an instance is of; there is one for each.
package struct InstanceKey: Hashable, Sendable {
  package var driver: String
  /// Nil for one process that has all devices of its driver.
  package var device: DeviceID?

  package init(driver: String, device: DeviceID?) {
    (self.driver, self.device) = (driver, device)
  }
}

/// Where an instance is in its life, as its record says.
package enum State: String, Sendable {
  case waiting, starting, running, stopping, failed
  case backingOff = "backing-off"
  /// It has ended as it should.
  case done
}

/// How a process has ended.
package enum Ending: Hashable, Sendable {
  /// With a status as wait(2) has it.
  case status(Int32)
  /// It could not be run: what was tried, and errno in words.
  case unstartable(String)
  /// It was killed with what guarded it, and nobody knows how it ended.
  case unknown

  var isSuccess: Bool { self == .status(0) }

  var description: String {
    switch self {
    case .status(let status) where status & 0x7f == 0: "it ended with status \(status >> 8 & 0xff)"
    case .status(let status): "it was ended by signal \(status & 0x7f)"
    case .unstartable(let reason): reason
    case .unknown: "it was killed"
    }
  }
}

/// What outlives Kaluga of an instance, in its state directory.
package struct SavedInstance: Hashable, Sendable {
  package var number: Int
  package var key: InstanceKey
  /// Of what it was started as.
  package var fingerprint: Int64 = 0
  package var restarts = 0
  package var failures = 0
  /// When its state began.
  package var since: Int64 = 0
  package var isHeld = false
  package var stopMilliseconds: Int64 = 0
}

struct Instance {
  var saved: SavedInstance
  var driver: Driver
  var state = State.waiting
  var reason = ""
  /// Whether there is a process, or one has been asked for.
  var isAlive = false
  var process: Int32?
  /// When a state ends that ends by itself.
  var deadline: Int64?
  var isKilled = false
  /// For one with all devices: the number of each one's assignment.
  var assignments: [DeviceID: Int] = [:]
  var nextAssignment = 0
  /// For one with all devices that was taken over: until when it may have none.
  var keptUntil: Int64?

  var number: Int { saved.number }
  var key: InstanceKey { saved.key }
}
