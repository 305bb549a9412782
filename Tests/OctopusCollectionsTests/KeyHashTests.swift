import Testing

@testable import OctopusCollections

@Suite struct KeyHashTests {
  @Test func bytesOfDifferentLengthsHaveDifferentHashes() {
    var seen: Set<UInt32> = []
    var count = 0
    for length in 0..<40 {
      for byte: UInt8 in [0, 1, 255] {
        var hash = KeyHash()
        [UInt8](repeating: byte, count: length).withUnsafeBufferPointer { hash.combine($0) }
        seen.insert(hash.value)
        count += length == 0 && byte > 0 ? 0 : 1
      }
    }
    // A collision of 32 bits among so few happens once in 500,000 runs.
    #expect(seen.count == count)
  }
}
