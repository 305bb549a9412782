import OctopusRecords
import TestSupport
import Testing

/// What languages print for values that are no text is never read as text.
@Suite struct PrintedValueTests {
  @Test(arguments: [
    ("python3", "py"), ("/usr/bin/node", "js"), ("/usr/bin/ruby", "rb"), ("/usr/bin/perl", "pl"),
  ])
  func valuesPrintedByAnInterpreterAreReadAsTheTableSays(_ interpreter: String, _ suffix: String)
    async throws
  {
    let outcome = try await run(
      interpreter, [sourceDirectory + "/Languages/printed.\(suffix)"])
    try #require(outcome.status == .init(code: 0), "\(outcome.errors)")
    try check(outcome.lines)
  }

  @Test func valuesPrintedByCAreReadAsTheTableSays() async throws {
    let directory = try TemporaryDirectory()
    let program = directory.path + "/printed"
    let compiled = try await run(
      "cc", ["-w", "-o", program, sourceDirectory + "/Languages/printed.c"])
    try #require(compiled.status == .init(code: 0), "\(compiled.errors)")
    try check(try await run(program, []).lines)
  }

  /// Lines of what a text stands for, a tab, and the text.
  private func check(_ lines: [String]) throws {
    try #require(lines.count > 10)
    var numbers = (read: 0, all: 0)
    for line in lines {
      let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
      try #require(parts.count == 2)
      let (kind, text) = (parts[0], parts[1])
      let value = try? Record(parsing: "a { b: \(text) }")["b"]
      let constraint = try? Query(parsing: "_ { b != \(text) }")
      #expect((value == nil) == (constraint == nil), "\(text)")
      switch kind {
      case "number":
        numbers.all += 1
        guard let value else { continue }
        numbers.read += 1
        #expect(value.integer == Int64(text) || value.number == number(text), "\(text)")
      case "boolean": #expect(value == nil || value?.boolean == (text == "true"), "\(text)")
      default: #expect(value == nil, "\(text) is \(value!)")
      }
    }
    // Refused are only those that do not fit, have a '+', or end with the point.
    #expect(numbers.read * 4 > numbers.all * 3, "\(numbers)")
  }

  private func number(_ text: String) -> Double? {
    text.lowercased().hasPrefix("0x")
      ? Int64(text.dropFirst(2), radix: 16).map(Double.init) : Double(text)
  }
}
