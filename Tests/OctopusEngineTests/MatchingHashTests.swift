import OctopusRecords
import OctopusStore
import Testing

@testable import OctopusEngine

@Suite struct MatchingHashTests {
  /// Hashes from a handful, so that most collide.
  @Test(arguments: [1, 7, 1_000])
  func tableAgainstDictionary(hashes: UInt32) {
    var random = MatchingRandom("tableAgainstDictionary", salt: UInt64(hashes))
    var table = HashTable()
    var twin: [UInt32: UInt32] = [:]
    for target in [50, 5, 400, 0] {
      for _ in 0..<3_000 {
        let value = UInt32.random(in: 0..<500, using: &random)
        // Near the highest, so that probing wraps around.
        let hash = twin[value] ?? UInt32.max - UInt32.random(in: 0..<hashes, using: &random)
        let place = table.find(hash) { $0 == value }
        #expect((place != nil) == (twin[value] != nil))
        if let place {
          #expect(table[place] == value)
          guard twin.count > target else { continue }
          table.remove(at: place)
          twin[value] = nil
        } else if twin.count < target {
          table.insert(hash, value)
          twin[value] = hash
        }
        #expect(table.count == twin.count)
      }
    }
  }

  @Test func hashesTellLengthsAndWordsApart() {
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
