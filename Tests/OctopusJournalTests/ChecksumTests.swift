import CPlatform
import Testing

@testable import OctopusJournal

@Suite struct ChecksumTests {
  /// RFC 3720, appendix B.4.
  @Test func examplesOfTheStandard() {
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(checksum(Array(0..<32)) == 0x46dd_794e)
    #expect(checksum(Array((0..<32).reversed())) == 0x113f_db5c)
    #expect(Checksum.of("123456789") == 0xe306_9283)
  }

  @Test func checksumOfPartsIsThatOfTheWhole() {
    let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for cut in 0...bytes.count {
      let rest = Array(bytes[cut...]).withUnsafeBytes {
        Checksum.of($0, after: checksum(Array(bytes[..<cut])))
      }
      #expect(rest == checksum(bytes))
    }
  }

  private func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { Checksum.of($0) } }
}
