import TestSupport
import Testing

@testable import OctopusJournal

/// Numbers in entries have the digits that the standard library gives them.
@Suite struct DigitsTests {
  private func numbers() -> [UInt64] {
    var random = Random.logged()
    let edges = (0..<18).flatMap { exponent -> [UInt64] in
      let power = (0..<exponent).reduce(1 as UInt64) { power, _ in power * 10 }
      return [power - 1, power, power + 1]
    }
    let others = (0..<20_000).map { _ in
      UInt64.random(in: 0..<(1 << 59), using: &random) >> UInt64.random(in: 0..<59, using: &random)
    }
    return edges + others
  }

  @Test func decimalNumbersAreWritten() {
    for number in numbers() {
      var memory = EntryMemory()
      memory.append(most: LineWriter.mostDigits) { $0.append(Int64(number)) }
      #expect(String(decoding: memory.bytes, as: UTF8.self) == "\(number)")
    }
  }

  @Test func hexadecimalNumbersHaveEightDigits() {
    for number in numbers() {
      let text = withUnsafeBytes(of: hexadecimalDigits(number)) {
        String(decoding: $0, as: UTF8.self)
      }
      #expect(text == hexadecimal(UInt32(truncatingIfNeeded: number)))
    }
  }
}
