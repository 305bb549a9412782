import Generators
import Glibc
import OctopusRecords
import Testing

@testable import Kaluga

struct MatchingTests {
  /// The C library's fnmatch is the twin.
  @Test func globsMatchAsFnmatchDoes() {
    var random = Random()
    print("seed \(random.seed)")
    let pieces = ["a", "b", "c", "*", "?", "[ab]", "[!a]", "[a-c]", "\\*", "]", "[", "v0"]
    for _ in 0..<20_000 {
      let glob = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        pieces.randomElement(using: &random)!
      }.joined()
      let text = (0..<Int.random(in: 0...7, using: &random)).map { _ in
        ["a", "b", "c", "*", "v", "0", "[", "]"].randomElement(using: &random)!
      }.joined()
      // What no alias has: a bracket that nothing closes means different things to different
      // readers.
      if glob.replacing("[ab]", with: "").replacing("[!a]", with: "").replacing("[a-c]", with: "")
        .contains("[")
      {
        continue
      }
      if ModaliasGlob(glob).matches(ModaliasGlob.folded(text)) != (fnmatch(glob, text, 0) == 0) {
        Issue.record("\(glob) on \(text)")
      }
    }
  }

  @Test func dashesAndUnderscoresAreEqual() {
    #expect(ModaliasGlob("platform:rk808-*").matches(ModaliasGlob.folded("platform:rk808_rtc")))
    #expect(ModaliasGlob("platform:rk808_*").matches(ModaliasGlob.folded("platform:rk808-rtc")))
  }

  /// Many stars take no exponential time.
  @Test func globWithManyStarsEndsSoon() {
    let glob = ModaliasGlob(String(repeating: "a*", count: 500) + "b")
    #expect(!glob.matches(Array(repeating: UInt8(ascii: "a"), count: 4_000)))
  }

  @Test func indexFindsTheSameAsALinearSearch() {
    var random = Random()
    print("seed \(random.seed)")
    func hex(_ digits: Int, _ limit: UInt64) -> String {
      let text = String(UInt64.random(in: 0..<limit, using: &random), radix: 16, uppercase: true)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    var globs: [(glob: ModaliasGlob, id: Int)] = []
    for id in 0..<600 {
      let text =
        switch Int.random(in: 0..<6, using: &random) {
        case 0: "acpi*:PNP\(hex(4, 40)):*"
        case 1: "usb:v\(hex(4, 20))p\(hex(4, 20))d*dc*dsc*dp*ic*isc*ip*in*"
        case 2: "usb:v*p*d*dc*dsc*dp*ic\(hex(2, 9))isc*ip*in*"
        case 3: "pci:v\(hex(8, 20))d\(hex(8, 20))sv*sd*bc*sc*i*"
        case 4: "pci:v\(hex(8, 20))d*sv*sd*bc0[0-\(hex(1, 9))]sc*i*"
        default: ["*", "cpu*", "u*1", "a?pi:*", ""].randomElement(using: &random)!
        }
      globs.append((ModaliasGlob(text), id))
    }
    let index = AliasIndex(globs)
    var hits = 0
    for _ in 0..<300 {
      let alias =
        switch Int.random(in: 0..<3, using: &random) {
        case 0: "acpi:PNP\(hex(4, 40)):LNXSYSTM:"
        case 1: "usb:v\(hex(4, 20))p\(hex(4, 20))d0100dc00dsc00dp00ic\(hex(2, 9))isc00ip00in00"
        default: "pci:v\(hex(8, 20))d\(hex(8, 20))sv00000000sd00000000bc0\(hex(1, 9))sc00i00"
        }
      var found: Set<Int> = []
      index.match(alias) { found.insert($0) }
      let expected = globs.filter { $0.glob.matches(ModaliasGlob.folded(alias)) }.map(\.id)
      #expect(found == Set(expected), "\(alias)")
      hits += expected.count
    }
    #expect(hits > 100)
  }

  @Test func driversAreOrderedByPriority() {
    let result = catalogue(
      entry("low") + entry("high", match: "_ { vendor: 7 }", "priority = 3")
        + entry("alias", "modalias = \"pci:v0007*\"\npriority = 9")
        + entry("both", match: "_ { vendor: 8 }", "modalias = [\"pci:*\"]")
        + entry("other", match: "r'^kaluga'"))
    var matcher = Matcher(result)
    let record = device("hw.pci.device.0", "/sys/a", "vendor: 7, modalias: 'pci:v0007d0001'")
    #expect(matcher.drivers(for: record).map(\.name) == ["alias", "high", "low"])
  }
}
