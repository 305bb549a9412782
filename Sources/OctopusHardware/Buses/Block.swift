// Disks and their partitions.

extension Attributes {
  mutating func addBlock(_ device: UdevDevice) {
    // Always in units of 512, whatever the device's are.
    set("bytes", device.attribute("size")?.decimal(Int64.self)?.clampedProduct(512))
    set("start", device.attribute("start")?.decimal(Int64.self)?.clampedProduct(512))
    set("partition", device.attribute("partition")?.decimal(Int.self))
    set("read_only", device.attribute("ro").map { $0 != "0" })
    set("removable", device.attribute("removable").map { $0 != "0" })
    set("rotational", device.attribute("queue/rotational").map { $0 != "0" })
    self["vendor_name"] = device.attribute("device/vendor").flatMap {
      // Of a virtual disk it is a number.
      $0.bytes.starts(with: "0x".utf8) ? nil : $0
    }
    self["device_name"] = device.attribute("device/model")
    self["serial"] = device.attribute("device/serial") ?? device.attribute("serial")
  }
}

extension Int64 {
  /// No product that is out of bounds.
  fileprivate func clampedProduct(_ factor: Int64) -> Int64? {
    let (product, isOver) = multipliedReportingOverflow(by: factor)
    return isOver ? nil : product
  }
}
