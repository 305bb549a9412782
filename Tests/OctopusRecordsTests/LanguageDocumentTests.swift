// Every example in docs/query-language.md is what the page says it is.

import Testing

@testable import OctopusRecords

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct LanguageDocumentTests {
  private let blocks: [(kind: String, lines: [String])]
  private let text: String

  init() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    text = try #require(contents(of: "/\(root)/docs/query-language.md"))
    blocks = fenced(text)
  }

  @Test func examplesOfThePageHold() throws {
    var seen: Set<String> = []
    for (kind, lines) in blocks {
      seen.insert(kind)
      switch kind {
      case "record": for line in lines { _ = try Record(parsing: line) }
      case "query": for line in lines { _ = try Query(parsing: line) }
      case "write": for line in lines { _ = try Write(parsing: line) }
      case "canonical": for line in lines { try checkCanonical(line) }
      case "match": for line in lines { try checkMatch(line) }
      case "order": try checkOrder(lines)
      case "error": try checkError(lines)
      default: #expect(kind == "ebnf", "an example that nobody checks")
      }
    }
    #expect(
      seen.isSuperset(of: ["record", "query", "write", "canonical", "match", "order", "error"]))
  }

  /// Each row of the table: in a record, and as the operand of a constraint and of a condition.
  @Test func valuesPrintedByOtherLanguagesAreReadAsThePageSays() throws {
    let (_, section) = try #require(cut(text, at: "## What programs print"))
    let (table, _) = try #require(cut(section, at: "\n## "))
    let rows = table.split(separator: "\n").filter { $0.hasPrefix("| `") }
      .map { $0.split(separator: " | ").map { $0.filter { $0 != "|" } } }
    try #require(rows.count > 70)
    for row in rows {
      let printed = row[0].split(separator: "`")[1]
      let texts = ["a { b: \(printed) }", "a { b == \(printed) }", "a { b != \(printed) }"]
      let queries = texts.map { text in Result { try Query(parsing: text) } }
      if let (_, message) = cut(" " + row[2], at: "refused: ") {
        let refusals = try [
          #require(throws: SyntaxError.self) { try Record(parsing: texts[0]) },
          #require(throws: SyntaxError.self) { try Write(parsing: texts[1]) },
        ]
        for refusal in refusals { #expect(refusal.message.contains(message), "\(printed)") }
        for query in queries { #expect(throws: SyntaxError.self) { try query.get() } }
      } else {
        let outcome = row[2].split(separator: "`")
        let value = try #require(try Record(parsing: texts[0])["b"])
        #expect(value.kindAndText == "the \(outcome[0])\(outcome[1])", "\(printed)")
        let record = try Record(parsing: texts[0])
        #expect(try queries[1].get().matches(record) && !queries[2].get().matches(record))
      }
    }
  }

  private func checkCanonical(_ line: String) throws {
    let (text, canonical) = try #require(cut(line, at: "→"))
    #expect(try Record(parsing: text).description == canonical)
  }

  private func checkMatch(_ line: String) throws {
    let (verdict, parts) =
      if let parts = cut(line, at: "does not match") { (false, parts) } else {
        (true, try #require(cut(line, at: "matches")))
      }
    let (query, record) = parts
    #expect(try Query(parsing: query).matches(try Record(parsing: record)) == verdict, "\(line)")
  }

  private func checkOrder(_ lines: [String]) throws {
    let names = try lines.map { Array(try Record(parsing: $0).name.utf8) }
    let sorted = names.reversed().sorted { a, b in
      a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { compareNaturally(a, $0) < 0 } }
    }
    #expect(names == sorted)
  }

  private func checkError(_ lines: [String]) throws {
    try #require(lines.count == 3)
    let error = #expect(throws: SyntaxError.self) { try Record(parsing: lines[0]) }
    #expect(error?.caret(in: lines[0]) == "\(lines[0])\n\(lines[1])")
    #expect(error?.description == lines[2])
  }
}

/// The fenced blocks of a page, each with the word after its fence.
private func fenced(_ text: String) -> [(kind: String, lines: [String])] {
  var blocks: [(kind: String, lines: [String])] = []
  var isInside = false
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    if line.hasPrefix("```") {
      if !isInside { blocks.append((String(line.dropFirst(3)), [])) }
      isInside.toggle()
    } else if isInside {
      blocks[blocks.count - 1].lines.append(String(line))
    }
  }
  return blocks
}

/// The parts before and after a mark, without surrounding blanks.
private func cut(_ line: String, at mark: String) -> (String, String)? {
  let parts = line.split(separator: mark, maxSplits: 1)
  guard parts.count == 2 else { return nil }
  func trimmed(_ part: Substring) -> String {
    String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
  return (trimmed(parts[0]), trimmed(parts[1]))
}

private func contents(of path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4_096)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += buffer[..<count]
  }
}
