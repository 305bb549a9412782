// A device as it was at a moment between two events of the kernel.

/// The state of a device, and up to which event it is known.
package struct DeviceSnapshot: Hashable, Sendable {
  package var device: Device
  /// The number of the last event whose effect is certainly in it.
  package var lastEvent: UInt64

  package init(_ device: Device, lastEvent: UInt64) {
    self.device = device
    self.lastEvent = lastEvent
  }
}
