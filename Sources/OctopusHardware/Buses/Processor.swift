// Processors, as the kernel counts them.
import DeviceSchema
import Glibc
import OctopusSystem

/// The NUMA node of a processor: its directory has a link `node1`.
private func numaNode(of syspath: ByteString) -> Int? {
  guard let directory = syspath.withCString({ opendir($0) }) else { return nil }
  defer { closedir(directory) }
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    if name.starts(with: "node".utf8), let number = name.dropFirst(4).number(Int.self) {
      return number
    }
  }
  return nil
}

extension Attributes {
  mutating func addProcessor(_ device: UdevDevice) {
    set(
      .cpu,
      device.sysname.bytes.drop { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.number(
        Int.self))
    // A processor that cannot be taken offline has no such file.
    set(.online, device.attribute("online") != "0")
    set(.core, device.attribute("topology/core_id")?.decimal(Int.self))
    set(.die, device.attribute("topology/die_id")?.decimal(Int.self))
    set(.package, device.attribute("topology/physical_package_id")?.decimal(Int.self))
    set(.numaNode, numaNode(of: device.syspath))
    set(.maximumFrequency, device.attribute("cpufreq/cpuinfo_max_freq")?.decimal(Int.self))
    addIdentity()
  }

  /// `cpu:type:x86,ven0002fam001Amod0002:feature:…`
  private mutating func addIdentity() {
    guard let modalias = self[.modalias]?.bytes else { return }
    let parts = modalias.split(separator: UInt8(ascii: ":"), maxSplits: 3)
    guard parts.count > 2, parts[0].elementsEqual("cpu".utf8), parts[1].elementsEqual("type".utf8)
    else { return }
    let identity = parts[2].split(separator: UInt8(ascii: ","), maxSplits: 1)
    self[.type] = identity.first.map { ByteString($0) }
    guard let numbers = identity.dropFirst().first else { return }
    let fields: [(DeviceAttribute, String)] = [(.vendor, "ven"), (.family, "fam"), (.model, "mod")]
    for (attribute, label) in fields {
      guard let start = numbers.firstRange(of: Array(label.utf8))?.upperBound else { continue }
      set(attribute, numbers[start...].prefix(4).number(Int.self, radix: 16))
    }
  }
}
