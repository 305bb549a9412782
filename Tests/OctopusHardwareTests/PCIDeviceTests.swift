// The PCI devices that libudev finds against what stands in sysfs, read with nothing but the file
// system.
import Glibc
import OctopusRecords
import Testing

@testable import OctopusHardware

/// sysfs, read independently of libudev.
enum Sysfs {
  static let devices = "/sys/bus/pci/devices"

  /// The addresses of this machine's PCI devices; none without a PCI bus.
  static var addresses: [String] {
    guard let directory = opendir(devices) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  static func contents(_ address: String, _ file: String) -> String? {
    guard let stream = fopen("\(devices)/\(address)/\(file)", "r") else { return nil }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  static func number(_ address: String, _ file: String) -> Int64? {
    contents(address, file).flatMap { Int64($0.dropFirst(2), radix: 16) }
  }

  /// Where a symbolic link leads.
  static func target(_ path: String) -> String? {
    guard let target = realpath(path, nil) else { return nil }
    defer { free(target) }
    return String(cString: target)
  }
}

@Suite struct PCIDeviceTests {
  @Test func everyDeviceIsFoundOnceInOrder() throws {
    let found = try PCIDevice.all().map(\.address)
    let expected = Sysfs.addresses.compactMap { PCIAddress($0) }.sorted()
    #expect(found == expected)
    #expect(expected.count == Sysfs.addresses.count)
  }

  @Test func attributesAreThoseOfSysfs() throws {
    let records = try PCIDevice.all().map { try $0.record(named: "hw.pci.device.") }
    let addresses = Sysfs.addresses.sorted { PCIAddress($0)! < PCIAddress($1)! }
    try #require(records.count == addresses.count)

    for (record, address) in zip(records, addresses) {
      #expect(record.name == "hw.pci.device.")
      let place = [record["domain"], record["bus"], record["device"]].map { hex($0?.integer) }
      #expect(place == address.prefix { $0 != "." }.split(separator: ":").map { hex($0) })
      #expect(record["function"]?.integer == address.last?.wholeNumberValue.map(Int64.init))

      for (attribute, file) in [
        ("vendor", "vendor"), ("device_id", "device"), ("revision", "revision"),
        ("subsystem_vendor", "subsystem_vendor"), ("subsystem_device", "subsystem_device"),
      ] {
        #expect(record[attribute]?.integer == Sysfs.number(address, file), "\(attribute)")
      }
      let classes = try ["class", "subclass", "prog_if"].map { try #require(record[$0]?.integer) }
      let number = classes.reduce(0) { $0 << 8 | $1 }
      #expect(number == Sysfs.number(address, "class"))

      #expect(record["modalias"] == Sysfs.contents(address, "modalias").map { .string($0) })
      let path = "\(Sysfs.devices)/\(address)"
      #expect(record["syspath"] == Sysfs.target(path).map { .string($0) })
      let driver = Sysfs.target("\(path)/driver")?.split(separator: "/").last
      #expect(record["driver"] == driver.map { .string(String($0)) })
    }
  }

  @Test func recordsSayWhatIsKnown() throws {
    var device = PCIDevice(
      address: PCIAddress(domain: 0x10000, bus: 255, device: 31, function: 7),
      vendor: 0x8086, deviceID: 0x107d, subsystemVendor: 0, subsystemDevice: 0xffff,
      classCode: 12, subclass: 3, programmingInterface: 0x30, revision: 2,
      modalias: "pci:v00008086", syspath: "/sys/devices/pci0000:00")
    let bare =
      "bus: 255, class: 12, device: 31, device_id: 4221, domain: 65536, function: 7, "
      + "modalias: 'pci:v00008086', prog_if: 48, revision: 2, subclass: 3, "
      + "subsystem_device: 65535, subsystem_vendor: 0, syspath: '/sys/devices/pci0000:00', "
      + "vendor: 32902"
    #expect(try device.record(named: "d").description == "d { \(bare) }")

    device.driver = "xhci_hcd"
    device.vendorName = "O'Reilly Systems"
    device.deviceName = "USB\n3"
    let record = try device.record(named: "d")
    #expect(record["driver"] == .string("xhci_hcd"))
    #expect(record["vendor_name"] == .string("O'Reilly Systems"))
    #expect(record["device_name"] == .string("USB\n3"))
    #expect(try Record(parsing: record.description) == record)
  }

  @Test func unknownSubsystemHasNoDevices() throws {
    var count = 0
    try withDevices(of: "no-such-subsystem") { _, _ in count += 1 }
    #expect(count == 0)
  }

  private func hex(_ digits: Substring) -> Int64? { Int64(digits, radix: 16) }
  private func hex(_ number: Int64?) -> Int64? { number }
}

@Suite struct PCIAddressTests {
  @Test func readsWhatTheKernelWrites() {
    #expect(
      PCIAddress("0000:00:1f.2") == PCIAddress(domain: 0, bus: 0, device: 31, function: 2))
    #expect(
      PCIAddress("10000:e1:00.0") == PCIAddress(domain: 0x10000, bus: 225, device: 0, function: 0))
  }

  @Test(arguments: [
    "", "0000", "0000:00", "0000:00:1f", "0000:00:1f.", "0000:00:1f.8", "0000:00:20.0",
    "0000:100:00.0", "0000:00:00.0.0", "0000:00:00.0:0", ":00:00.0", "g000:00:00.0",
    "100000000:00:00.0", "0000:-1:00.0",
  ])
  func refusesAnythingElse(_ text: String) { #expect(PCIAddress(text) == nil) }

  @Test func ordersByPlace() {
    let sorted = ["0000:00:02.0", "0000:00:10.0", "0000:00:10.1", "0000:0a:00.0", "0001:00:00.0"]
      .map { PCIAddress($0)! }
    for (i, left) in sorted.enumerated() {
      for (j, right) in sorted.enumerated() { #expect((left < right) == (i < j)) }
    }
  }
}
