// The public records of instances: `kaluga.instance.<n> { driver, device, pid, state, … }`.
import DeviceSchema
import OctopusRecords
import OctopusSystem

package enum InstanceRecord {
  package static let prefix = "kaluga.instance."
  package static let assignments = "kaluga.assignment."

  package static func name(_ number: Int) -> String { "\(prefix)\(number)" }

  /// The number in the name of an instance's record.
  package static func number(_ name: some StringProtocol) -> Int? {
    name.utf8.starts(with: prefix.utf8)
      ? InstanceNumber.read(name.utf8.dropFirst(prefix.utf8.count)) : nil
  }

  /// A record like that of a running driver, to match the queries of `after` with.
  static func sample(of driver: String) -> Record {
    record(
      "\(prefix)0",
      [("driver", .string(driver)), ("state", .symbol(InstanceState.running.rawValue))])
  }

  static func of(_ instance: Instance, device: Record?) -> Record {
    var pairs: [(String, Value)] = [
      ("driver", .string(instance.key.driver)),
      ("restarts", .integer(Int64(instance.saved.restarts))),
      ("since", .integer(instance.saved.since / 1_000)),
      (
        "state",
        instance.state == .backingOff
          ? .string(instance.state.rawValue) : .symbol(instance.state.rawValue)
      ),
    ]
    if let id = instance.key.device {
      pairs.append((DeviceAttribute.syspath.rawValue, .string(id.syspath.escaped)))
      if let device { pairs.append(("device", .string(device.name))) }
    } else {
      pairs.append(("devices", .integer(Int64(instance.assignments.count))))
    }
    if let process = instance.process { pairs.append(("pid", .integer(Int64(process)))) }
    if !instance.reason.isEmpty { pairs.append(("reason", .string(instance.reason))) }
    return record(name(instance.number), pairs)
  }

  /// The record of one device of an instance for all devices.
  static func assignment(_ number: Int, of instance: Instance, _ device: Record) -> Record {
    record(
      assignmentName(number, instance.number),
      [
        ("instance", .string(name(instance.number))), ("driver", .string(instance.key.driver)),
        ("device", .string(device.name)),
      ])
  }

  static func assignmentName(_ number: Int, _ instance: Int) -> String {
    "\(assignments)\(instance).\(number)"
  }

  /// In bytes: room for a path of the file system.
  private static let longestText = 4_096

  private static func record(_ name: String, _ pairs: [(String, Value)]) -> Record {
    // Cannot fail: names and keys are those above, and values are far shorter than a record may be.
    let pairs = pairs.map { key, value -> (String, Value) in
      guard case .string(let text) = value else { return (key, value) }
      return (key, .string(String(text.prefix(utf8: longestText))))
    }
    guard let record = try? Record(name: name, pairs: pairs) else {
      preconditionFailure("no valid record: \(name)")
    }
    return record
  }
}
