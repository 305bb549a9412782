// What a catalogue says of one driver: which devices it is for, and how it is run.
import OctopusRecords

/// Where something stands in a catalogue.
package struct Place: Hashable, Sendable, CustomStringConvertible {
  package var file: String
  package var line: Int

  package var description: String { "\(file):\(line)" }
}

/// An entry of the catalogue.
package struct Driver: Hashable, Sendable {
  package enum Instances: String, CaseIterable, Sendable {
    /// A process for each device.
    case perDevice = "per-device"
    /// One process for all devices, which hears of them by records.
    case one
  }

  package enum Restart: String, CaseIterable, Sendable {
    case never
    case onFailure = "on-failure"
    case always
  }

  package var name: String
  package var place: Place
  /// Where its program is named.
  package var programPlace: Place
  /// What a device's record must match, if it is given.
  package var match: Query?
  /// Globs, one of which the device's `modalias` must match, if there are any.
  package var modalias: [String] = []
  package var launch: Launch
  /// The highest of those that match a device drives it.
  package var priority = 0
  /// Whether it is one of those of which a device has only the best; otherwise it drives a device
  /// beside any other.
  package var shadows = true
  package var instances = Instances.perDevice
  /// There must be a record for each of these before it is started.
  package var after: [Query] = []
  package var restart = Restart.onFailure
  /// How long its process has to end, in milliseconds, before it is killed.
  package var stopMilliseconds: Int64 = 5_000
}

/// How a driver's process is run. A running process for which this has changed is replaced.
package struct Launch: Hashable, Sendable {
  package struct Limit: Hashable, Sendable {
    package var name: String
    /// Nil: none.
    package var value: UInt64?
  }

  package var exec: [ArgumentTemplate]
  package var environment: [String: String] = [:]
  package var directory: String?
  package var user: String?
  /// The processors that it may run on; empty: any.
  package var cpus: [Int] = []
  package var limits: [Limit] = []
  /// Whether it says itself that it is ready.
  package var notifies = false

  /// The order for kaluga-guard. It is the one list of these settings: one that is missing here has
  /// no effect.
  ///
  /// - Parameters:
  ///   - arguments: the program and its arguments.
  ///   - variables: what the environment has besides ``environment``.
  func order(arguments: [String], variables: [String: String] = [:]) -> GuardOrder {
    var order = GuardOrder()
    for argument in arguments { order.add("argument", argument) }
    for (name, value) in environment.merging(variables, uniquingKeysWith: { $1 })
      .sorted(by: { $0.key < $1.key })
    {
      order.add("variable", "\(name)=\(value)")
    }
    order.add("user", user)
    order.add("directory", directory)
    for cpu in cpus { order.add("cpu", "\(cpu)") }
    for limit in limits {
      order.add("limit", "\(limit.name):\(limit.value.map { "\($0)" } ?? "infinity")")
    }
    if notifies { order.add("notify", "true") }
    return order
  }

  /// The same for equal launches, in every run of Kaluga.
  var fingerprint: Int64 { order(arguments: exec.map(\.text)).fingerprint }
}
