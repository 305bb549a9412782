// Any text names an attribute: in records, queries and writes, from text and from code.

import Testing

@testable import OctopusRecords

@Suite struct AttributeNameTests {
  @Test(arguments: [
    // As it is written, the name, and the canonical text.
    ("bus", "bus", "bus"), ("'bus'", "bus", "bus"), ("'members@'", "members@", "'members@'"),
    ("'0'", "0", "'0'"), ("'_id'", "_id", "'_id'"), ("'_'", "_", "'_'"), ("true", "true", "true"),
    ("'nan'", "nan", "nan"), ("null", "null", "null"), ("r", "r", "r"), ("'r'", "r", "r"),
    ("'r\\'x\\''", "r'x'", "'r\\'x\\''"), ("' '", " ", "' '"), ("'a b'", "a b", "'a b'"),
    ("'\\u{61}'", "a", "a"), ("'\\u{40}a'", "@a", "'@a'"), ("'é'", "é", "'é'"),
    ("'a\\nb'", "a\nb", "'a\\nb'"), ("'\\0'", "\0", "'\\0'"), ("'it\\'s'", "it's", "'it\\'s'"),
    ("'app.kubernetes.io/name'", "app.kubernetes.io/name", "'app.kubernetes.io/name'"),
    ("'a: 1, b'", "a: 1, b", "'a: 1, b'"), ("'}'", "}", "'}'"), ("'\\\\'", "\\", "'\\\\'"),
  ])
  func anyTextNamesAnAttribute(text: String, name: String, canonical: String) throws {
    let record = try Record(parsing: "x { \(text): 1 }")
    #expect(record.description == "x { \(canonical): 1 }")
    #expect(record.attributes.map(\.name) == [name])
    #expect(record[name] == 1)
    #expect(try Record(name: "x", attributes: [name: 1]) == record)
    #expect(try Query(parsing: "_ { \(text) > 0 }").description == "_ { \(canonical) > 0 }")
    for query in ["\(text): 1", "\(canonical) >= 1", "\(text): _"] {
      #expect(try Query(parsing: "_ { \(query) }").matches(record))
    }
    let write = try Write(parsing: "x { \(text): 2, \(canonical) == 1 }")
    #expect(
      String(decoding: write.text, as: UTF8.self) == "x { \(canonical): 2, \(canonical) == 1 }")
    let plain = try Array(text.utf8).withUnsafeBufferPointer { try attributeName($0) }
    #expect(String(decoding: plain, as: UTF8.self) == name)
  }

  @Test func attributesAreSortedByTheBytesOfTheirNames() throws {
    let record: Record =
      "x { 'é': 1, b: 2, '~': 3, 'a\\n': 4, a: 5, 'A b': 6, '\\u{1}': 7, '\\\\': 8 }"
    #expect(
      record.description
        == "x { '\\u{1}': 7, 'A b': 6, '\\\\': 8, a: 5, 'a\\n': 4, b: 2, '~': 3, 'é': 1 }")
    for (name, value) in record.attributes { #expect(record[name] == value) }
  }

  /// Two that Unicode takes for the same.
  @Test func namesAreComparedByBytes() throws {
    let record = try Record(name: "x", attributes: ["\u{e9}": 1, "e\u{301}": 2])
    #expect(record.attributes.count == 2)
    #expect(record["\u{e9}"] == 1)
    #expect(record["e\u{301}"] == 2)
    #expect(try Record(parsing: record.description) == record)
  }

  @Test func attributeNamesAreLimitedInBytes() throws {
    for (name, isAllowed) in [
      (String(repeating: "a", count: 1_024), true), (String(repeating: "a", count: 1_025), false),
      (String(repeating: "é", count: 512), true), (String(repeating: "é", count: 513), false),
      // Its text is longer than the name.
      (String(repeating: "\u{1}", count: 1_024), true),
      (String(repeating: "'", count: 1_025), false),
    ] {
      let text = "x { \(Value.string(name)): 1, 'é\\n': 2 }"
      if isAllowed {
        let record = try Record(parsing: text)
        #expect(record[name] == 1 && record["é\n"] == 2)
        #expect(try Record(parsing: record.description) == record)
      } else {
        let refusals = try [
          #require(throws: SyntaxError.self) { try Record(parsing: text) },
          #require(throws: SyntaxError.self) { try Record(name: "x", attributes: [name: 1]) },
        ]
        for refusal in refusals { #expect(refusal.reason == .tooLong) }
      }
    }
  }

  /// Names with escapes lie in another place than the others; there may be many.
  @Test func recordsWithEscapedNamesAreDecoded() throws {
    let names = (0..<3_000).map { "\($0 % 3 == 0 ? "\n" : $0 % 3 == 1 ? "@" : "a")\($0)" }
    let body = names.enumerated().map { "\(Value.string($1)): \($0)" }.joined(separator: ", ")
    let record = try Record(parsing: "'it\\'s' { \(body) }")
    for (number, name) in names.enumerated() { #expect(record[name]?.integer == Int64(number)) }
    #expect(record["\n"] == nil)
    let renamed = try Array("b".utf8).withUnsafeBufferPointer { try record.renamed($0) }
    let again = try Array("c".utf8).withUnsafeBufferPointer { try renamed.renamed($0) }
    #expect(again.name == "c")
    #expect(again.attributes.map(\.name) == record.attributes.map(\.name))
    #expect(again.attributes.map(\.value) == record.attributes.map(\.value))
  }

  @Test func codingKeysMayBeAnyText() throws {
    struct Pod: Codable, Equatable {
      var name: String
      var time: Int
      enum CodingKeys: String, CodingKey {
        case name = "app.kubernetes.io/name"
        case time = "@timestamp"
      }
    }
    let pod = Pod(name: "web", time: 7)
    let record = try Record(name: "pod", encoding: pod)
    #expect(record.description == "pod { '@timestamp': 7, 'app.kubernetes.io/name': 'web' }")
    #expect(try record.decode(as: Pod.self) == pod)
    let counts = ["_id": 1, "it's\n": 2]
    #expect(try Record(name: "x", encoding: counts).decode(as: [String: Int].self) == counts)
  }

  /// An error names an attribute on one line, whatever is in its name.
  @Test func messagesQuoteAttributeNames() throws {
    let error = #expect(throws: SyntaxError.self) {
      try Record(name: "x", attributes: ["a\r\n": 1, "a\r\n": 2])
    }
    #expect(error?.message == "a second value for 'a\\r\\n'")
    let query: Query = "_ { 'a\\n': 1 }"
    #expect(query.mismatch(with: "x {}") == "'a\\n': 1, and it has no 'a\\n'")
    #expect(query.mismatch(with: "x { 'a\\n': 2 }") == "'a\\n': 1, and it has 2")
  }
}
