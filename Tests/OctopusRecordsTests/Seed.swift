// Random tests that can be run again: the seed is printed, and OCTOPUS_TEST_SEED sets it.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// True once in `n` times.
  mutating func once(in n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }

  mutating func pick<T>(_ choices: [T]) -> T { choices.randomElement(using: &self)! }
}

/// A repeatable random source, its seed on the test's output.
func seeded(_ test: String = #function) -> Seeded {
  let chosen = getenv("OCTOPUS_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
  let seed = chosen ?? UInt64.random(in: 0...UInt64.max)
  print("\(test): OCTOPUS_TEST_SEED=\(seed)")
  return Seeded(state: seed)
}
