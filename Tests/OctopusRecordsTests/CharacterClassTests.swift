import Generators
import Testing

@testable import OctopusRecords

// Many bytes at a time, against one at a time.
@Suite struct CharacterClassTests {
  /// Every byte at every place of texts that are longer than what is looked at together.
  @Test func everyByteIsFoundAtEveryOffset() {
    for byte in UInt8.min ... .max {
      for length in [1, 2, 7, 8, 9, 17, 31, 32, 33, 47, 70] {
        for place in 0..<length {
          var text = [UInt8](repeating: 0x20, count: length)
          text[place] = byte
          check(text)
        }
      }
    }
  }

  @Test func randomTextsAreClassifiedLikeSingleBytes() {
    var random = Random.logged()
    let bytes: [UInt8] = [0x1f, 0x20, 0x26, 0x27, 0x28, 0x5b, 0x5c, 0x5d, 0x7e, 0x7f, 0x80, 0xff]
    for _ in 0..<20_000 {
      let length = Int.random(in: 0..<100, using: &random)
      let text = (0..<length).map { _ in
        random.once(in: 9) ? random.pick(bytes) : 0x61
      }
      check(text)
    }
  }

  private func check(_ text: [UInt8]) {
    text.withUnsafeBufferPointer { bytes in
      #expect(plainCount(bytes) == text.prefix(while: isPlain).count, "\(text)")
      #expect(
        plainASCIICount(bytes) == text.prefix { isPlain($0) && $0 < 0x80 }.count, "\(text)")
      #expect(isASCII(bytes) == text.allSatisfy { $0 < 0x80 }, "\(text)")
    }
  }
}
