import OctopusRecords

/// Hashes words and bytes in place, a few nanoseconds for a short name.
///
/// Multiply and fold, with a seed of the process: clients choose the keys, so they must not be able
/// to aim them at one bucket. No result depends on the hash.
package struct KeyHash {
  private static let seed = UInt64.random(in: .min ... .max)
  private var state = KeyHash.seed

  package init() {}

  /// The hash of all that was combined.
  package var value: UInt32 {
    UInt32(truncatingIfNeeded: KeyHash.fold(state, 0x9fb2_1c65_1e98_df25))
  }

  package mutating func combine(_ word: UInt64) {
    state = KeyHash.fold(state ^ word, 0xa076_1d64_78bd_642f)
  }

  package mutating func combine(_ bytes: Bytes) {
    let raw = UnsafeRawBufferPointer(bytes)
    var place = 0
    while place &+ 8 <= raw.count {
      combine(raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place &+= 8
    }
    // The last word carries its own length, so that no two sequences of bytes combine alike.
    let rest = raw.count &- place
    var last: UInt64 = 0
    if rest >= 4 {
      // The second four begin in the first.
      let second = raw.loadUnaligned(fromByteOffset: raw.count &- 4, as: UInt32.self)
      last = UInt64(raw.loadUnaligned(fromByteOffset: place, as: UInt32.self))
      last |= (UInt64(second) >> UInt64(8 &* (8 &- rest))) << 32
    } else if rest > 0 {
      last = UInt64(raw[place]) | UInt64(raw[place &+ rest / 2]) << 8
      last |= UInt64(raw[raw.count &- 1]) << 16
    }
    combine(UInt64(rest) << 56 | last)
  }

  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}
