// The pages about the protocol say what the code does.
//
// To print docs/commands.md and docs/limits.md anew: PRINT_DOCS=1 swift test --filter
// DocumentationTests

import Foundation
import OctopusEngine
import OctopusProtocol
import RESP
import Testing

struct DocumentationTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs").standardizedFileURL

  private func page(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
  }

  @Test func commandReferenceIsPrintedFromTheTable() throws {
    let reference = CommandTable.standard.reference
    if ProcessInfo.processInfo.environment["PRINT_DOCS"] != nil {
      try reference.write(
        to: Self.folder.appending(path: "commands.md"), atomically: true, encoding: .utf8)
    }
    #expect(try page("commands.md") == reference)
    for row in CommandTable.standard.rows where row.flags.contains(.fast) || row.arity > -2 {
      #expect(reference.contains("\n### \(row.title)\n"))
    }
  }

  @Test func limitReferenceIsPrintedFromTheTables() throws {
    // Then come the measurements of `make bench ONLY=stalls`.
    let parts = try page("limits.md").components(separatedBy: "\n## Stalls\n")
    if ProcessInfo.processInfo.environment["PRINT_DOCS"] != nil {
      try ([LimitReference.text] + parts.dropFirst()).joined(separator: "\n## Stalls\n")
        .write(to: Self.folder.appending(path: "limits.md"), atomically: true, encoding: .utf8)
    }
    #expect(
      try page("limits.md").components(separatedBy: "\n## Stalls\n")[0] == LimitReference.text)
  }

  @Test func everyCommandIsInTheOverview() throws {
    let overview = try page("wire-protocol.md").components(separatedBy: "## Commands")[1]
      .components(separatedBy: "\nKeywords")[0]
    for row in CommandTable.standard.commands {
      let isThere = overview.contains("`\(row.title)`") || overview.contains("`\(row.title) ")
      #expect(isThere, "\(row.title)")
    }
  }

  private struct ErrorRow {
    var code: String
    var meaning: String
    var example: String

    /// The example as a request, if it is one.
    var request: Request? {
      guard example.hasPrefix("`"), example.hasSuffix("`") else { return nil }
      let line = Array(example.dropFirst().dropLast().utf8) + [13, 10]
      return line.withUnsafeBytes { line in
        var decoder = RequestDecoder()
        var input = line
        return try? decoder.next(&input)
      }
    }
  }

  private func errorRows() throws -> [ErrorRow] {
    try page("wire-protocol.md").components(separatedBy: "\n## Errors\n")[1]
      .components(separatedBy: "\n##")[0]
      .split(separator: "\n").filter { $0.hasPrefix("| `") }
      .map { line in
        let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
        return ErrorRow(
          code: String(cells[0].dropFirst().dropLast()), meaning: cells[1], example: cells[2])
      }
  }

  @Test func everyErrorCodeIsExplained() throws {
    let rows = try errorRows()
    #expect(rows.map(\.code) == ErrorCode.allCases.map(\.rawValue))
    #expect(rows.map(\.meaning) == ErrorCode.allCases.map(\.meaning))
    #expect(rows.allSatisfy { !$0.example.isEmpty })
  }

  @Test func everyExampleProvokesItsError() throws {
    var provoked: [String] = []
    for row in try errorRows() {
      guard let request = row.request else { continue }
      #expect(answer(request).hasPrefix(row.code + " "), "\(row)")
      provoked.append(row.code)
    }
    #expect(
      provoked
        == ["SYNTAX", "NONAME", "MISMATCH", "BADREGEX", "NOTRIGGER", "NOSEM", "NOPROTO", "ERR"])
  }

  /// The error with which an engine of its own answers.
  private func answer(_ request: Request) -> String {
    do throws(Failure) {
      guard case .engine(let command) = try ParsedCommand(request) else { return "" }
      var engine = Engine()
      var effects: [Effect] = []
      engine.step(.opened(1, Principal(isAdministrator: true)), now: 0, into: &effects)
      engine.step(.request(1, 1, command), now: 0, into: &effects)
      guard case .reply(_, _, .error(let failure), _)? = effects.last else { return "" }
      throw failure
    } catch { return error.description }
  }
}
