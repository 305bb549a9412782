// Instances: a driver's process for one device, or for all its devices.
import OctopusRecords

/// A driver and its device. There is at most one instance for each.
package struct InstanceKey: Hashable, Sendable {
  package var driver: String
  /// Nil for a process that has all devices of its driver.
  package var device: DeviceID?

  package init(driver: String, device: DeviceID?) {
    (self.driver, self.device) = (driver, device)
  }
}

/// The state of an instance, as its record says.
package enum InstanceState: String, Sendable {
  case waiting, starting, running, stopping, failed
  case backingOff = "backing-off"
  /// The process has ended with success.
  case done
}

/// How a process has ended.
package enum Ending: Hashable, Sendable {
  /// With a status as wait(2) has it.
  case status(Int32)
  /// It could not be run: why, in words.
  case unstartable(String)
  /// It was killed together with its guard, and its status is not known.
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

/// What Kaluga keeps of an instance in the state directory, for the next Kaluga.
package struct SavedInstance: Hashable, Sendable {
  package var number: Int
  package var key: InstanceKey
  /// The fingerprint of the launch that it was started with; 0: it was not started.
  package var fingerprint: Int64 = 0
  package var restarts = 0
  package var failures = 0
  /// When its state began.
  package var since: Int64 = 0
  /// Whether it was stopped by command, and stays so until it is started by command.
  package var isHeld = false
  package var stopMilliseconds: Int64 = 0
}

/// An instance as the reconciler knows it.
struct Instance {
  var saved: SavedInstance
  var driver: Driver
  var state = InstanceState.waiting
  var reason = ""
  /// Whether there is a process, or one has been requested.
  var hasProcess = false
  var process: Int32?
  /// When `stopping` or `backing-off` ends by itself.
  var deadline: Int64?
  /// Whether SIGKILL has been sent.
  var isKilled = false
  /// The devices of an instance for all devices, each with the number of its assignment.
  var assignments: [DeviceID: Int] = [:]
  var nextAssignment = 0
  /// Until when a re-attached instance for all devices is kept without any.
  var keptUntil: Int64?

  var number: Int { saved.number }
  var key: InstanceKey { saved.key }
}
