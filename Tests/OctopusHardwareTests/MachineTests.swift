import DeviceSchema
import OctopusRecords
// This machine's own devices, against what stands in sysfs.
import OctopusSystem
import Testing

@testable import OctopusHardware

@Suite struct MachineTests {
  /// Where sysfs lists the devices of each bus.
  private static let lists: [(Bus, [String])] = [
    (.platform, ["/sys/bus/platform/devices"]), (.pci, ["/sys/bus/pci/devices"]),
    (.usb, ["/sys/bus/usb/devices"]), (.cpu, ["/sys/bus/cpu/devices"]), (.net, ["/sys/class/net"]),
    (.block, ["/sys/class/block"]), (.input, ["/sys/class/input"]), (.tty, ["/sys/class/tty"]),
    (.hidraw, ["/sys/class/hidraw"]),
  ]

  @Test(arguments: Bus.allCases) func everyDeviceIsSeenOnce(bus: Bus) throws {
    let lists = try #require(Self.lists.first { $0.0 == bus }?.1)
    // A regular file may stand among them: /sys/class/net/bonding_masters.
    let expected = lists.flatMap { list in
      Sysfs.names(list).compactMap { Sysfs.target("\(list)/\($0)") }
    }.filter { Sysfs.line($0 + "/uevent") != nil }
    let seen = try scan(bus).filter { $0.kind != .rootBridge }
    // Other tests may be making network interfaces.
    let isStable = { (path: String) in bus != .net || !path.contains("/virtual/") }
    #expect(
      seen.map(\.syspath.text).filter(isStable).sorted() == expected.filter(isStable).sorted())
    for device in seen where isStable(device.syspath.text) {
      let path = device.syspath.text
      #expect(device.inode.map { Int64($0) } == Sysfs.inode(path))
      let record = try device.record(named: device.kind.namePrefix, parent: "hw.parent.0")
      #expect(try Record(parsing: record.description) == record)
      #expect(record["parent"] == .string("hw.parent.0"))
      #expect(record["devinode"]?.integer == Sysfs.inode(path))
      let driver = Sysfs.target(path + "/driver")?.split(separator: "/").last
      #expect(record["driver"] == driver.map { .string(String($0)) })
      let number = Sysfs.line(path + "/dev")?.split(separator: ":").map { Int64($0) }
      #expect(number == nil || number == [record["major"]?.integer, record["minor"]?.integer])
    }
  }

  @Test func pciAttributesAreThoseOfSysfs() throws {
    for device in try scan(.pci) {
      let record = try device.record(named: "d", parent: nil)
      let address = PCIAddress(ByteString(device.syspath.text.split(separator: "/").last!))
      #expect(record["bus"]?.integer == address.map { Int64($0.bus) })
      #expect(record["function"]?.integer == address.map { Int64($0.function) })
      for (attribute, file) in [
        ("vendor", "vendor"), ("device_id", "device"), ("revision", "revision"),
        ("subsystem_vendor", "subsystem_vendor"), ("subsystem_device", "subsystem_device"),
      ] {
        #expect(
          record[attribute]?.integer == Sysfs.hexadecimal("\(device.syspath)/\(file)"),
          "\(attribute)")
      }
      let classes = try ["class", "subclass", "prog_if"].map { try #require(record[$0]?.integer) }
      #expect(classes.reduce(0) { $0 << 8 | $1 } == Sysfs.hexadecimal("\(device.syspath)/class"))
    }
  }

  @Test func rootBridgesAreThoseAbovePCIDevices() throws {
    let bridges = try scan(.platform).filter { $0.kind == .rootBridge }
    let expected = Set(
      Sysfs.names("/sys/bus/pci/devices").compactMap {
        Sysfs.target("/sys/bus/pci/devices/\($0)").flatMap { rootBridge(above: ByteString($0)) }
      })
    #expect(Set(bridges.map(\.syspath)) == expected)
    for bridge in bridges { #expect(bridge.attributes["bus"]?.integer != nil) }
  }

  @Test func scanBelowAPathFindsTheDevicesThere() throws {
    let all = try scan(.pci)
    guard let first = all.first else { return }
    let bridge = try #require(rootBridge(above: first.syspath))
    #expect(
      try scan(.pci, under: bridge)
        == all.filter { $0.syspath.text.hasPrefix("\(bridge)/") })
    // The path itself, by a way of symbolic links.
    let link = "/sys/bus/pci/devices/" + first.syspath.text.split(separator: "/").last!
    #expect(try scan(.pci, under: ByteString(link)).first == first)
    #expect(throws: SystemError.self) { try scan(.pci, under: "/sys/devices/none") }
    #expect(try scan(.cpu, under: bridge) == [])
  }

  private func scan(_ bus: Bus, under path: ByteString? = nil) throws -> [Device] {
    try KernelBus(bus, under: path, buffer: 1 << 16, wake: {}).scan().map(\.device)
  }
}
