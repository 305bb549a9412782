// What the kernel has shown of a place where a device is, or was.
import OctopusSystem

/// A device as it was seen, and when.
package struct Sighting: Hashable, Sendable {
  package var device: Device
  /// All that the kernel's events up to this number say is in it.
  package var asOf: UInt64

  package init(_ device: Device, asOf: UInt64) {
    self.device = device
    self.asOf = asOf
  }
}

/// What an event of the kernel says.
package struct KernelEvent: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// A device came.
    case add
    /// Something about it changed that the kernel thinks worth telling, even if no attribute did.
    case change
    /// A driver was bound or unbound, a processor taken offline, …
    case other
    /// It has another place than before.
    case move(from: ByteString)
    case remove
  }

  package var kind: Kind
  package var syspath: ByteString
  /// Numbers rise from event to event; 0: this one has none.
  package var number: UInt64

  package init(_ kind: Kind, _ syspath: ByteString, number: UInt64) {
    self.kind = kind
    self.syspath = syspath
    self.number = number
  }
}
