// How a driver's process is run, as the catalogue says.

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
    order.add(GuardOrder.user, user)
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
