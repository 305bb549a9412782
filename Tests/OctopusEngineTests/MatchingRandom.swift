import Foundation

/// Numbers that a seed repeats. `OCTOPUS_TEST_SEED` sets it; each test prints it.
struct MatchingRandom: RandomNumberGenerator {
  private var state: UInt64

  /// The seed of this run, stirred with something that tells tests apart.
  init(_ test: String, salt: UInt64 = 0) {
    let given = ProcessInfo.processInfo.environment["OCTOPUS_TEST_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...999_999_999)
    print("\(test) \(salt): OCTOPUS_TEST_SEED=\(seed)")
    state = seed &+ salt &* 0x2545_f491_4f6c_dd1d
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &self)]
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
