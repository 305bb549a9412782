// The order of names, against a reference model that splits names into tokens.

import Generators
import Testing

@testable import OctopusRecords

/// A run of digits as its value, or one byte; a number stands where its digits do.
private enum Token: Comparable {
  case number([UInt8])
  case byte(UInt8)

  static func < (a: Token, b: Token) -> Bool {
    switch (a, b) {
    case (.number(let a), .number(let b)):
      a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    case (.byte(let a), .byte(let b)): a < b
    case (.number, .byte(let b)): b > 0x39
    case (.byte(let a), .number): a < 0x30
    }
  }
}

private func tokens(_ name: [UInt8]) -> [Token] {
  var rest = name[...]
  var tokens: [Token] = []
  while let first = rest.first {
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    if digits.isEmpty {
      tokens.append(.byte(first))
      rest.removeFirst()
    } else {
      tokens.append(.number(Array(digits.drop { $0 == 0x30 })))
      rest.removeFirst(digits.count)
    }
  }
  return tokens
}

private func isBefore(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  let (x, y) = (tokens(a), tokens(b))
  return x == y ? a.lexicographicallyPrecedes(b) : x.lexicographicallyPrecedes(y)
}

private func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
  a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { compareNaturally(a, $0).signum() } }
}

private func names(upTo length: Int, of letters: [UInt8]) -> [[UInt8]] {
  var all: [[UInt8]] = [[]]
  var last = all
  for _ in 0..<length {
    last = last.flatMap { name in letters.map { name + [$0] } }
    all += last
  }
  return all
}

@Suite struct NaturalOrderTests {
  @Test func shortNamesAreOrderedLikeTheModel() {
    let names = names(upTo: 4, of: Array("01-a".utf8))
    for a in names {
      for b in names {
        let expected = isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0
        guard compare(a, b) != expected else { continue }
        Issue.record("\(String(decoding: a, as: UTF8.self)) \(String(decoding: b, as: UTF8.self))")
      }
    }
  }

  @Test func theOrderIsTransitive() {
    let names = names(upTo: 3, of: Array("01a.".utf8))
    for a in names {
      for b in names where compare(a, b) < 0 {
        for c in names where compare(b, c) < 0 && compare(a, c) >= 0 {
          Issue.record("\(a) \(b) \(c)")
        }
      }
    }
  }

  @Test func randomNamesAreOrderedLikeTheModel() {
    var random = Random.logged()
    let pieces = [
      "0", "00", "7", "12", "99999999999999999999", "100000000000000000000", "a", "lock_", ".",
    ]
    for _ in 0..<20_000 {
      func name() -> [UInt8] {
        (0..<Int.random(in: 0...5, using: &random)).flatMap { _ in Array(random.pick(pieces).utf8) }
      }
      let (a, b) = (name(), name())
      #expect(compare(a, b) == (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0))
    }
  }

  @Test(arguments: [
    ["lock_2", "lock_10", "lock_10a", "lock_11"], ["a01", "a1", "a02", "a2"],
    ["a", "a0", "a1", "aa"], ["1a", "01b", "2"], ["-", "0", "A", "_", "a", "é"],
  ])
  func examples(sorted: [String]) {
    let shuffled = sorted.shuffled().sorted { compare(Array($0.utf8), Array($1.utf8)) < 0 }
    #expect(shuffled == sorted)
  }

  /// All names with a prefix lie in the range that a walk over the prefix visits, in order.
  @Test func aPrefixDividesTheOrderIntoBeforeAmongAndAfter() {
    let names = names(upTo: 4, of: Array("01-a".utf8)).sorted(by: isBefore)
    for literal in Self.prefixes {
      let prefix = naturalPrefix(of: literal)
      #expect(literal.starts(with: prefix))
      #expect(prefix.last.map { !isDigit($0) } ?? true)
      let places = names.map { name in
        name.withUnsafeBufferPointer { name in
          prefix.withUnsafeBufferPointer { compareNaturally(name, toPrefix: $0).signum() }
        }
      }
      #expect(places == places.sorted(), "\(prefix)")
      for (name, place) in zip(names, places) where name.starts(with: literal) {
        #expect(place == 0, "\(name) among \(prefix)")
      }
    }
  }

  private static let prefixes = names(upTo: 3, of: Array("01-a".utf8))
}
