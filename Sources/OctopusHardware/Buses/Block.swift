// Disks and their partitions.

extension Attributes {
  mutating func addBlock(_ device: UdevDevice) {
    // sysfs counts in units of 512 bytes, whatever the device's own are.
    set(.bytes, device.attribute("size")?.decimal(Int64.self)?.checkedProduct(512))
    set(.start, device.attribute("start")?.decimal(Int64.self)?.checkedProduct(512))
    set(.partition, device.attribute("partition")?.decimal(Int.self))
    set(.readOnly, device.attribute("ro").map { $0 != "0" })
    set(.removable, device.attribute("removable").map { $0 != "0" })
    set(.rotational, device.attribute("queue/rotational").map { $0 != "0" })
    self[.vendorName] = device.attribute("device/vendor").flatMap {
      // For a virtual disk it is a number.
      $0.bytes.starts(with: "0x".utf8) ? nil : $0
    }
    self[.deviceName] = device.attribute("device/model")
    self[.serial] = device.attribute("device/serial") ?? device.attribute("serial")
  }
}

extension Int64 {
  /// The product; nil if it does not fit.
  fileprivate func checkedProduct(_ factor: Int64) -> Int64? {
    let (product, isOver) = multipliedReportingOverflow(by: factor)
    return isOver ? nil : product
  }
}
