// The record of a canonical text is a copy of it. With a blank before it, the record is printed.

import Generators
import Testing

@testable import OctopusRecords

@Suite struct CanonicalTextTests {
  @Test func copiedTextsAreThePrintedOnes() {
    var random = Random.logged()
    for _ in 0..<3_000 { expectSame(random.record().text) }
  }

  /// Texts that are almost canonical, or not at all.
  @Test(arguments: [
    "a {}", "a{}", "a  {}", "a {} ", "a { }", "a", "'a b' {}", "'a' {}", "'a b'{}", "'a\\'b' {}",
    "'a b' { k: 1 }", "'a' { k: 1 }", "'it\\'s' { k: 1 }", "'it\\'s'{ k: 1 }", "'\\\\\\\\'{k: 1 }",
    "a { k: 1 }", "a { k: 1}", "a {k: 1 }", "a { k : 1 }", "a { k:1 }", "a { k:  1 }",
    "a { k: 1  }",
    "a { k: 1 } ", "a\t{ k: 1 }", "a {\tk: 1 }", "a { k:\t1 }", "a { k: 1\t}",
    "a { k: 01 }", "a { k: 0 }", "a { k: -0 }", "a { k: -1 }", "a { k: 0x1 }", "a { k: 00 }",
    "a { k: -01 }", "a { k: 10 }", "a { k: 1.5 }", "a { k: 1e3 }", "a { k: 9223372036854775807 }",
    "a { k: true }", "a { k: false }", "a { k: true  }", "a { k: truer }", "a { k: x }",
    "a { k: 'x' }",
    "a { k: 'é' }", "a { k: '\\'' }", "a { k: 'a\\'' }", "a { k: '\\', l: ' }", "a { k: '' }",
    "a { k: '\\u{61}' }", "a { k: '\\n' }", "a { k: 1, l: 2 }", "a { k: 1,l: 2 }",
    "a { k: 1 , l: 2 }",
    "a { k: 1 ,l: 2 }", "a { k: 1,  l: 2 }", "a { l: 1, k: 2 }", "a { k: 1, k: 2 }",
    "a { k: 1, k: 1 }",
    "a { k: 'x' ,l: 2 }", "a { k: 'x\\'', l: 'y' }", "a { k: 'x', l: 'y\\\\' }",
    "a { kk: 1, k: 2 }",
    "a { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 11, l: 12, m: 13, n: 14 }",
    "a { k == 1 }", "a { k: _ }", "a { k: r'x' }", "a { k: 1, l > 2 }", "_ { k: 1 }",
    "r'a' { k: 1 }", "a { 'k': 1 }", "a { '@k': 1 }", "a { '@k':1 }", "a { '@k' : 1 }",
    "a {'@k': 1 }", "a { '@k': 'x' }", "a { '@k': 1, k: 2 }", "a { k: 1, '@k': 2 }",
    "a { '@k': 1, '@k': 2 }", "a { '@k': 1, '@l': true, m: x }", "a { '@k': 1,'@l': true }",
    "a { 'k': 1, '@k': 2 }", "a { '\\'': 1 }", "a { '\\': 1': 2 }", "a { 'k\\': true': true }",
    "a { '\\u{61}\\': xyz': 5 }", "a { '\\u{61}\\': true': true }", "a { 'k\\'': 1, 'l\\'': 2 }",
    "a { '\\u{40}': 1 }", "a { '\\n': 1, '@k': 2, k: 3 }", "a { 'é': 1 }", "a { '': 1 }",
    "'a b' { '@k': 1 }", "'a\\n' { '@k\\n': 1 }", "a { '@k' == 1 }", "a { '@k': _ }",
    "a { 'a': 1, b: 2 }", "a { a: 1, 'b': 2 }", "a { '@a': 1, 'b': 2 }", "a { 'true': true }",
  ])
  func theSameAsPrinted(text: String) { expectSame(text) }

  private func expectSame(_ text: String) {
    let copied = Result { try Record(parsing: text) }
    let printed = Result { try Record(parsing: " " + text) }
    switch (copied, printed) {
    case (.success(let copied), .success(let printed)):
      #expect(copied == printed, "\(text)")
      #expect(copied.name == printed.name, "\(text)")
      let (left, right) = (copied.attributes, printed.attributes)
      #expect(left.map(\.name) == right.map(\.name), "\(text)")
      #expect(left.map(\.value) == right.map(\.value), "\(text)")
    case (.failure(let copied as SyntaxError), .failure(let printed as SyntaxError)):
      #expect(copied.reason == printed.reason, "\(text)")
    default: Issue.record("\(copied), but printed \(printed): \(text)")
    }
  }
}
