// What the commands of people ask of the reconciler's state.

extension Reconciler {
  /// The instances with this name or number, of this driver, or of this device.
  func instances(of target: String) -> [Int] {
    if let number = InstanceRecord.number(target) ?? InstanceNumber.read(target.utf8) {
      return instances[number] == nil ? [] : [number]
    }
    if let id = device(target) {
      return Set(onDevice[id] ?? []).union(owners[id] ?? []).sorted()
    }
    return instances.values.filter { $0.key.driver == target }.map(\.number).sorted()
  }

  /// The catalogue, a line for each driver, and then its problems.
  func driverLines() -> [String] {
    var counts: [String: Int] = [:]
    for instance in instances.values { counts[instance.key.driver, default: 0] += 1 }
    let width = catalogue.drivers.map(\.name.count).max() ?? 0
    let lines = catalogue.drivers.map { driver in
      let name = driver.name + String(repeating: " ", count: width - driver.name.count)
      let what = driver.match.map(\.description) ?? "\(driver.modalias.count) module aliases"
      return "\(name)  \(counts[driver.name] ?? 0) running or to run  \(driver.location)  \(what)"
    }
    return lines + catalogue.problems.map { "! \($0)" }
  }
}
