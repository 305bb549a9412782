import OctopusRecords
// How the texts of the kernel are read.
import OctopusSystem
import Testing

@testable import OctopusHardware

@Suite struct TextTests {
  @Test func pciAddressesAreParsed() {
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
  func textThatIsNoPCIAddressIsRefused(_ text: String) {
    #expect(PCIAddress(ByteString(text)) == nil)
  }

  @Test func rootBridgeIsFoundInAPath() {
    #expect(RootBridge("pci0000:00".utf8) != nil && RootBridge("pci10000:e1".utf8) != nil)
    for text in ["pci", "pci0000", "pci0000:", "pci0000:0", "pci:00", "pcx0000:00", "0000:00"] {
      #expect(RootBridge(text.utf8) == nil, "\(text)")
    }
    let bridge: ByteString = "/sys/devices/platform/40000000.pcie/pci0000:00"
    #expect(rootBridge(above: "\(bridge)/0000:00:01.0/0000:01:00.0") == bridge)
    #expect(rootBridge(above: bridge) == bridge)
    #expect(rootBridge(above: "/sys/devices/virtual/net/lo") == nil)
  }

  @Test func keysOfEventsBecomeAttributes() {
    var attributes = Attributes()
    attributes.add(keys: [
      "BUSNUM": "001", "DEVNUM": "009", "MAJOR": "x", "NAME": "\"A keyboard\"", "UNIQ": "\"\"",
      "PRODUCT": "5f3/7/320", "ID_VENDOR": "udev's", "DEVPATH": "/devices",
      "OF_COMPATIBLE_0": "a,b",
      "9P": "no", "A B": "no", "": "no", "É": "no", "TYPE": " 0/0/0 ",
    ])
    #expect(
      attributes.values == [
        "busnum": 1, "devnum": 9, "major": "x", "name": "A keyboard", "product": "5f3/7/320",
        "of_compatible_0": "a,b", "type": "0/0/0",
      ])
  }

  @Test func carriageReturnInAValueLosesNoOtherKey() {
    let keys = eventKeys("HID_UNIQ=x\r\nMODALIAS=hid:b0003g0001v05AC\nHID_PHYS=\r\n\nBROKEN\n=")
    #expect(keys["MODALIAS"] == "hid:b0003g0001v05AC" && keys["HID_UNIQ"] == "x\r")
    #expect(keys["HID_PHYS"] == "\r" && keys.count == 4)
  }

  @Test func combiningAccentAtTheBeginningOfAValueLosesNoKey() {
    let keys = eventKeys("SERIAL=\u{301}A1\nNAME=\"\u{301}x\"")
    #expect(keys["SERIAL"] == "\u{301}A1")
    var attributes = Attributes()
    attributes.add(keys: keys)
    #expect(attributes.values == ["serial": "\u{301}A1", "name": "\u{301}x"])
    attributes[.serial] = " \u{301}A1 "
    #expect(attributes.values["serial"] == "\u{301}A1")
  }

  @Test func valuesThatAreNotUTF8AreEscaped() {
    var attributes = Attributes()
    attributes.add(keys: ["SERIAL": ByteString([0x41, 0xff]), "NAME": "\\_SB_"])
    #expect(attributes.values == ["serial": "A\\xff", "name": "\\_SB_"])
    #expect(attributes[.serial] == ByteString([0x41, 0xff]))
  }

  @Test func numbersBetweenSeparators() {
    #expect(ByteString("5f3/7/320").numbers(3, between: "/", radix: 16) == [0x5f3, 7, 0x320])
    for text in ["", "5f3/7", "5f3/7/320/1", "5f3//320", "5f3/x/320"] {
      #expect(ByteString(text).numbers(3, between: "/", radix: 16) == nil)
    }
    #expect(ByteString("0x0c0320").hexadecimal() == 0x0c0320)
    #expect(ByteString("100").hexadecimal(UInt8.self) == nil)
    var attributes = Attributes()
    attributes.set(.speed, decimal: "480")
    attributes.set(.version, decimal: "1.5")
    attributes.set(.port, decimal: "nan")
    attributes.set(.ports, decimal: "fast")
    #expect(attributes.values == ["speed": 480, "version": .float(1.5)])
  }

  @Test func ancestorsAreListedFromTheNearest() {
    #expect(Array(Ancestors(of: "/sys/devices/a/b")) == ["/sys/devices/a", "/sys/devices", "/sys"])
    #expect(Array(Ancestors(of: "")) == [] && Array(Ancestors(of: "/")) == [])
  }
}
