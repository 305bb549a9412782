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
}

/// How a driver's process is made. A process that was made otherwise is replaced.
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
  /// How long it has to end, in milliseconds, before it is killed.
  package var stopMilliseconds: Int64 = 5_000

  /// The same for launches that are the same, in every run of this program.
  package var fingerprint: Int64 {
    let parts: [String] =
      exec.map(\.text) + ["env"]
      + environment.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
      + [directory ?? "", user ?? ""] + cpus.map { "\($0)" }
      + limits.map { "\($0.name)=\($0.value.map { "\($0)" } ?? "infinity")" }
      + ["\(notifies)"]
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in parts {
      for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      // No byte of UTF-8 is this one.
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    return Int64(bitPattern: hash)
  }
}
