// Random numbers that can be had again: every random test prints its seed, and `OCTOPUS_SEED` sets it.

import Glibc
import Testing

struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// Draws a seed and prints it.
  static func draw(_ test: String = #function) -> Seeded {
    let given = getenv("OCTOPUS_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("\(test): OCTOPUS_SEED=\(seed)")
    return Seeded(seed)
  }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
