#if canImport(Glibc)
  import Glibc
#endif

/// A repeatable source of randomness (SplitMix64): a failure is replayed from its printed seed.
package struct Random: RandomNumberGenerator {
  package let seed: UInt64
  private var state: UInt64

  /// Takes `OCTOPUS_TEST_SEED` from the environment, else a fresh seed.
  package init() {
    let fixed = getenv("OCTOPUS_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    self.init(seed: fixed ?? .random(in: 0...UInt64.max))
  }

  package init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
