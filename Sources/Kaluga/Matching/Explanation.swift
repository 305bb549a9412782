import DeviceSchema
import OctopusRecords
// Explains for each driver why it drives a device, or why it does not: `kaluga explain`.
import OctopusSystem

extension Reconciler {
  /// The device with a record of this name, or with this syspath.
  func device(_ name: String) -> DeviceID? {
    recordOwners[ByteString(name)]
      ?? devices.keys.sorted().first { $0.syspath == ByteString(escaped: name) }
  }

  /// The explanation, by lines. Drivers that are only for other module aliases are counted.
  func explain(_ id: DeviceID) -> [String] {
    guard let device = devices[id] else { return [] }
    guard let record = device.record else {
      return ["\(id.syspath): its record is gone; its driver is kept for a moment"]
    }
    var lines = ["\(record.name)  \(id.syspath)"]
    if let absence = device.absence {
      lines.append("No driver is started for it: \(absence).")
      lines += device.candidates.map { "- \(title($0)): matches it" }
    } else if device.candidates.isEmpty {
      lines.append("No driver matches it.")
    } else {
      lines += candidateLines(device, id)
    }
    let matching = Set(device.candidates.map(\.name))
    var others = 0
    for driver in catalogue.drivers where !matching.contains(driver.name) {
      if let mismatch = driver.match?.mismatch(with: record) {
        lines.append("- \(title(driver)): wants \(mismatch)")
      } else {
        others += 1
      }
    }
    if others > 0 { lines.append("- and \(others) for other module aliases than \(alias(record))") }
    return lines
  }

  private func candidateLines(_ device: Device, _ id: DeviceID) -> [String] {
    let chosen = Set(device.drivers.map(\.name))
    let best = device.candidates.first { $0.shadows }
    return device.candidates.map { driver in
      guard let best, !chosen.contains(driver.name) else {
        return "+ \(title(driver)): \(work(of: driver, on: id))"
      }
      let reason =
        best.priority == driver.priority
        ? "which comes first" : "priority \(best.priority) over \(driver.priority)"
      return "- \(title(driver)): shadowed by \(best.name), \(reason)"
    }
  }

  private func title(_ driver: Driver) -> String { "\(driver.name) (\(driver.location))" }

  private func alias(_ record: Record) -> String {
    record[.modalias].map(\.description) ?? "it, which has none"
  }

  private func work(of driver: Driver, on id: DeviceID) -> String {
    let key = InstanceKey(driver: driver.name, device: driver.instances == .one ? nil : id)
    guard let number = numbers[key], let instance = instances[number] else {
      return "its turn comes once nobody else has the device"
    }
    var text = "\(InstanceRecord.name(number)) is \(instance.state.rawValue)"
    if let process = instance.process { text += ", process \(process)" }
    if !instance.reason.isEmpty { text += ": \(instance.reason)" }
    return text
  }
}
