// Processors, as the kernel counts them.

import Glibc

/// The memory that is nearest to a processor: a link `node1` in its directory.
private func numaNode(of syspath: String) -> Int? {
  guard let directory = opendir(syspath) else { return nil }
  defer { closedir(directory) }
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name.hasPrefix("node"), let number = Int(name.dropFirst(4)) { return number }
  }
  return nil
}

extension Attributes {
  mutating func addProcessor(_ device: UdevDevice) {
    set("cpu", Int(device.sysname.drop { !$0.isNumber }))
    // One that cannot be taken offline does not say that it is online.
    set("online", device.attribute("online") != "0")
    set("core", device.attribute("topology/core_id").flatMap { Int($0) })
    set("die", device.attribute("topology/die_id").flatMap { Int($0) })
    set("package", device.attribute("topology/physical_package_id").flatMap { Int($0) })
    set("numa_node", numaNode(of: device.syspath))
    set("max_khz", device.attribute("cpufreq/cpuinfo_max_freq").flatMap { Int($0) })
    addIdentity()
  }

  /// `cpu:type:x86,ven0002fam001Amod0002:feature:…`
  private mutating func addIdentity() {
    guard let parts = self["modalias"]?.split(separator: ":", maxSplits: 3), parts.count > 2,
      parts[0] == "cpu", parts[1] == "type"
    else { return }
    let identity = parts[2].split(separator: ",", maxSplits: 1)
    self["type"] = identity.first.map(String.init)
    guard let numbers = identity.dropFirst().first else { return }
    for (name, label) in [("vendor", "ven"), ("family", "fam"), ("model", "mod")] {
      guard let start = numbers.firstRange(of: label)?.upperBound else { continue }
      set(name, numbers[start...].prefix(4).hexadecimal(Int.self))
    }
  }
}
