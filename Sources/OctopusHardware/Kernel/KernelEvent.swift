// A uevent of the kernel, as far as it matters here.
import OctopusSystem

/// What an event of the kernel says about a device.
package struct KernelEvent: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case add
    /// The kernel thinks that observers should look again, even if no attribute is another.
    case change
    /// A driver was bound or unbound, a processor taken offline, …
    case other
    /// The device has another path than before.
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
