// Printing then parsing gives the same; parsing then printing gives the canonical text.

import Generators
import Testing

@testable import OctopusRecords

@Suite struct RoundTripTests {
  @Test func recordsInAnyNotationPrintCanonically() throws {
    var random = Random.logged()
    for _ in 0..<5_000 {
      let model = random.record()
      let text = random.written(model)
      let record = try Record(parsing: text)
      #expect(record.description == model.text, "from \(text)")
      #expect(Array(record.name.utf8) == Array(model.name.utf8))
      #expect(record.attributes.count == model.attributes.count)
      for (key, value) in model.attributes { #expect(record[key] == value) }
      #expect(record["absent"] == nil)
    }
  }

  @Test func printedRecordsParseBack() throws {
    var random = Random.logged()
    for _ in 0..<5_000 {
      let model = random.record()
      let record = try Record(name: model.name, pairs: model.attributes.map { ($0.key, $0.value) })
      #expect(record.description == model.text)
      let again = try Record(parsing: record.description)
      #expect(again == record)
      #expect(again.hashValue == record.hashValue)
      #expect(again.attributes.map(\.name) == record.attributes.map(\.name))
      #expect(again.attributes.map(\.value) == record.attributes.map(\.value))
    }
  }

  @Test func aSeparateBodyGivesTheSameRecord() throws {
    var random = Random.logged()
    for _ in 0..<1_000 {
      let model = random.record()
      let name = printed(name: model.name)
      let body = String(decoding: model.text.utf8.dropFirst(name.utf8.count), as: UTF8.self)
      let record = try parse(name + random.blanks(), body: body, as: Record.self)
      #expect(record.description == model.text)
    }
  }

  @Test func printedQueriesParseBack() throws {
    var random = Random.logged()
    for _ in 0..<5_000 {
      let model = random.query(near: random.record())
      let query = try Query(parsing: model.text)
      let again = try Query(parsing: query.description)
      #expect(again.description == query.description)
      #expect(again == query)
      #expect(again.hashValue == query.hashValue)
    }
  }

  @Test func constraintsOnOneAttributeKeepTheirOrder() throws {
    let query: Query = "_ { b: 1, a < 9, b != 2, a: r'x', a: _, a == 'y', a >= 3 }"
    #expect(query.description == "_ { a < 9, a: r'x', a: _, a: 'y', a >= 3, b: 1, b != 2 }")
  }

  @Test func manyConstraintsAreSorted() throws {
    let names = (0..<40).map { "a\($0 * 7 % 40)" }
    let body = names.map { "\($0) > 1, \($0) < 5" }.joined(separator: ", ")
    let query = try Query(parsing: "_ { \(body) }")
    let sorted = names.sorted().map { "\($0) > 1, \($0) < 5" }.joined(separator: ", ")
    #expect(query.description == "_ { \(sorted) }")
  }

  @Test(arguments: [
    ("counter { value: 5, value == 4 }", "counter { value: 5, value == 4 }"),
    ("counter{value==4,value:5}", "counter { value: 5, value == 4 }"),
    ("c { b: _, a: r'x', b > 2 }", "c { a: r'x', b: _, b > 2 }"),
    ("c { z: 1, a == true, b: 'x' }", "c { b: 'x', z: 1, a == true }"),
    ("c", "c {}"), ("'c' {}", "c {}"),
  ])
  func writesPrintAssignmentsThenConditions(text: String, canonical: String) throws {
    let write = try Write(parsing: text)
    #expect(String(decoding: write.text, as: UTF8.self) == canonical)
    let again = try Write(parsing: canonical)
    #expect(again.record == write.record)
    #expect(again.conditions == write.conditions)
    #expect(
      write.conditions.map { $0.description.hasPrefix(write.record.description.prefix(1)) } ?? true)
  }
}

/// Parses text, or a name and a body apart, as bytes.
protocol Parsed { init(_ text: Bytes, body: Bytes?) throws(SyntaxError) }
extension Record: Parsed {}
extension Query: Parsed {}
extension Write: Parsed {}

func parse<T: Parsed>(
  _ text: String, body: String? = nil, as type: T.Type
) throws(SyntaxError) -> T {
  try parse(Array(text.utf8), body: body.map { Array($0.utf8) }, as: type)
}

func parse<T: Parsed>(
  _ text: [UInt8], body: [UInt8]? = nil, as type: T.Type
) throws(SyntaxError) -> T {
  try text.withUnsafeBufferPointer { (text) throws(SyntaxError) in
    guard let body else { return try T(text, body: nil) }
    return try body.withUnsafeBufferPointer { (body) throws(SyntaxError) in
      try T(text, body: body)
    }
  }
}
