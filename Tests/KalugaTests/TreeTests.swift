import Octopus
import Testing

@testable import Kaluga

/// What records say of parents may be anything.
struct TreeTests {
  private func lines(_ devices: [(name: String, parent: String)]) throws -> [String] {
    let records = try devices.map { name, parent in
      try Record(name: name, attributes: ["parent": .string(parent)])
    }
    return DeviceTree(devices: records, instances: []).lines().map(\.plain)
  }

  @Test func parentsInACircleAreDrawnOnce() throws {
    let lines = try lines([("a", "b"), ("b", "a"), ("c", "c"), ("d", "a")])
    #expect(lines == ["c", "a", "├─ b", "└─ d"])
  }

  @Test func chainOfAnyLengthIsDrawnWhole() throws {
    let lines = try lines((0..<10_000).map { ("d\($0)", "d\($0 - 1)") })
    let drawn = lines.filter { !$0.hasSuffix("at the left margin") }
    #expect(drawn.map { $0.drop { !$0.isLetter } } == (0..<10_000).map { "d\($0)" })
    #expect(lines.allSatisfy { $0.utf8.count < 500 })
  }

  @Test func namesThatPrintTheSameHaveTheirOwnChildren() throws {
    let (one, two) = ("\u{e9}", "e\u{301}")
    let lines = try lines([(one, ""), (two, ""), ("x", two)])
    #expect(lines.count == 3 && lines[2] == "└─ x" && lines[1].utf8.elementsEqual(two.utf8))
  }
}

/// What Kaluga answers, in parts that fit into records.
struct AnswerTests {
  @Test(arguments: ["e" + String(repeating: "\u{301}", count: 300_000), "", "short"])
  func partsOfAnAnswerMakeUpTheWholeText(text: String) {
    let parts = Answer(id: "x", text: text).records.compactMap { Answer($0) }
    #expect(parts.map(\.text).joined().utf8.elementsEqual(text.utf8))
    #expect(parts.map(\.hasMore).filter { !$0 }.count == 1 && parts.last?.hasMore == false)
  }

  @Test(arguments: ["1099511627776", "-9223372036854775808", "0.5", "'0'"])
  func answerWithAnImpossibleStatusIsRefused(status: String) throws {
    let record = try Record(
      parsing: "kaluga.answer { id: x, text: '', more: false, status: \(status) }")
    #expect(Answer(record) == nil)
  }
}
