// The settings of a Kaluga.
import Octopus

/// How a Kaluga is to run.
package struct Configuration: Sendable {
  package var drivers: String
  package var state: String
  package var guardProgram: GuardProgram
  /// octopusd's address; nil: the default of the client library.
  package var address: OctopusClient.Address?
  package var password: String?
  /// How long a driver is kept after its device's record has gone, in milliseconds.
  package var grace = Reconciler.usualGrace
  /// Where sysfs is mounted.
  package var sysfsRoot = "/sys"
  /// Logs a message for people.
  package var log: @Sendable (String) -> Void

  package init(
    drivers: String, state: String, guardProgram: GuardProgram,
    address: OctopusClient.Address? = nil, password: String? = nil,
    log: @escaping @Sendable (String) -> Void
  ) {
    (self.drivers, self.state, self.guardProgram) = (drivers, state, guardProgram)
    (self.address, self.password, self.log) = (address, password, log)
  }
}

extension Configuration {
  var sysfs: Sysfs { Sysfs(sysfsRoot) }
}
