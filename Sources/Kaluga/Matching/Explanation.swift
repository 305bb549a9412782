// What each driver has to do with a device, in words.
import OctopusRecords

extension Reconciler {
  /// The device of a record's name or of a place in sysfs.
  func device(_ name: String) -> DeviceID? {
    recordOwners[name] ?? devices.keys.sorted().first { $0.syspath == name }
  }

  /// Says of every driver why it drives a device, or why it does not. Drivers that are only for other
  /// module aliases are counted.
  func explain(_ id: DeviceID) -> [String] {
    guard let device = devices[id] else { return [] }
    guard let record = device.record else {
      return ["\(id.syspath): its record is gone; its driver is kept for a moment"]
    }
    var lines = ["\(record.name)  \(id.syspath)"]
    let best = device.candidates.first
    var others = 0
    for driver in device.candidates + catalogue.drivers where isFirst(driver, device, &lines) {
      if let best, driver.name == best.name {
        lines.append("+ \(title(driver)): \(work(of: driver, on: id))")
      } else if device.candidates.contains(where: { $0.name == driver.name }), let best {
        let reason =
          best.priority == driver.priority
          ? "which comes first" : "priority \(best.priority) over \(driver.priority)"
        lines.append("- \(title(driver)): shadowed by \(best.name), \(reason)")
      } else if let mismatch = driver.match?.mismatch(with: record) {
        lines.append("- \(title(driver)): wants \(mismatch)")
      } else {
        others += 1
      }
    }
    if others > 0 { lines.append("- and \(others) for other module aliases than \(alias(record))") }
    if best == nil { lines.append("No driver matches it.") }
    return lines
  }

  /// Candidates stand first; they are not to be told of again in the catalogue's turn.
  private func isFirst(_ driver: Driver, _ device: Device, _ lines: inout [String]) -> Bool {
    !lines.contains { $0.hasPrefix("+ \(title(driver))") || $0.hasPrefix("- \(title(driver))") }
  }

  private func title(_ driver: Driver) -> String { "\(driver.name) (\(driver.place))" }

  private func alias(_ record: Record) -> String {
    record["modalias"].map(\.description) ?? "it, which has none"
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
