#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A repeatable source of randomness: a failure is replayed with its seed in `OCTOPUS_TEST_SEED`.
///
/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
package struct Random: RandomNumberGenerator {
  package let seed: UInt64
  private var state: UInt64

  /// Takes the seed from the environment, else a fresh one.
  package init() {
    let fixed = getenv("OCTOPUS_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    self.init(seed: fixed ?? .random(in: 0...UInt64.max))
  }

  package init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  /// As `init()`, with the seed on the test's output. The cases of one test differ in `salt`.
  package static func logged(_ test: String = #function, salt: UInt64 = 0) -> Random {
    var random = Random()
    print("\(test): OCTOPUS_TEST_SEED=\(random.seed)")
    random.state &+= salt &* 0x2545_f491_4f6c_dd1d
    return random
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// True once in `n` times.
  package mutating func once(in n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }

  /// True in `percent` of 100 times.
  package mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &self) < percent
  }

  /// One of some choices, which are not none.
  package mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
    choices.randomElement(using: &self)!
  }
}
