// An entry of the catalogue: which devices a driver is for, and how it is run.
import OctopusRecords

/// A driver.
package struct Driver: Hashable, Sendable {
  package enum Instances: String, CaseIterable, Sendable {
    /// A process for each device.
    case perDevice = "per-device"
    /// One process for all devices, which reads in records what they are.
    case one
  }

  package enum Restart: String, CaseIterable, Sendable {
    case never
    case onFailure = "on-failure"
    case always
  }

  package var name: String
  package var location: SourceLocation
  /// The line that names its program.
  package var programLocation: SourceLocation
  /// What a device's record must match, if it is given.
  package var match: Query?
  /// Globs, one of which the device's `modalias` must match, if there are any.
  package var modalias: [String] = []
  package var launch: Launch
  /// Of the drivers that match a device, the one with the highest priority drives it.
  package var priority = 0
  /// Whether a device has only the best of all such drivers. If not, it drives each device that it
  /// matches, beside any other driver.
  package var shadows = true
  package var instances = Instances.perDevice
  /// It is started once a record matches each of these.
  package var after: [Query] = []
  package var restart = Restart.onFailure
  /// How long its process has to end, in milliseconds, before it is killed.
  package var stopMilliseconds: Int64 = 5_000
}
