/// Hashes words and bytes in place, a few nanoseconds for a short name.
///
/// Multiply and fold, with a random seed for each process: clients choose the keys, so they must
/// not be able to make them collide. No result depends on the hash.
@usableFromInline package struct KeyHash {
  private static let seed = UInt64.random(in: .min ... .max)
  private var state = KeyHash.seed

  package init() {}

  /// The hash of bytes alone. Complexity: O(n).
  @usableFromInline package static func hash(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    var hash = KeyHash()
    hash.combine(bytes)
    return hash.value
  }

  /// The hash of all that was combined.
  package var value: UInt32 {
    UInt32(truncatingIfNeeded: KeyHash.fold(state, 0x9fb2_1c65_1e98_df25))
  }

  package mutating func combine(_ word: UInt64) {
    state = KeyHash.fold(state ^ word, 0xa076_1d64_78bd_642f)
  }

  package mutating func combine(_ bytes: UnsafeBufferPointer<UInt8>) {
    let raw = UnsafeRawBufferPointer(bytes)
    var offset = 0
    while offset &+ 8 <= raw.count {
      combine(raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset &+= 8
    }
    // The last word contains its own length, so that no two sequences of bytes combine alike.
    let rest = raw.count &- offset
    var last: UInt64 = 0
    if rest >= 4 {
      // The last four bytes overlap the first four.
      let second = raw.loadUnaligned(fromByteOffset: raw.count &- 4, as: UInt32.self)
      last = UInt64(raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      last |= (UInt64(second) >> UInt64(8 &* (8 &- rest))) << 32
    } else if rest > 0 {
      last = UInt64(raw[offset]) | UInt64(raw[offset &+ rest / 2]) << 8
      last |= UInt64(raw[raw.count &- 1]) << 16
    }
    combine(UInt64(rest) << 56 | last)
  }

  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}

/// The hash of a record's name, for a caller that looks the name up later.
package struct NameHash: Sendable {
  /// The hash itself, as a `HashIndex` takes it.
  package let value: UInt32

  /// Complexity: O(length of the name).
  package init(_ name: UnsafeBufferPointer<UInt8>) { value = KeyHash.hash(of: name) }
}
