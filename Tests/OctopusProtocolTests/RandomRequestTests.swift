// Requests that nobody would send: whatever comes, the answer is a call or an error, never a trap.

import OctopusEngine
import OctopusProtocol
import RESP
import TestSupport
import Testing

struct RandomRequestTests {
  private static let words = [
    "REV", "TRIGGER", "SET", "DEL", "OUT", "ANY", "PERSIST", "WHEN", "FOUND", "MISSING", "LIMIT",
    "AFTER", "NX", "XX", "IF", "TRANSIENT", "RETURN", "REMOVE", "ADD", "ALL", "GONE", "COUNT",
    "TIMEOUT", "DEFER", "SHARED",
    "AS", "WITH", "CONSUME", "NEW", "WAIT", "TRY", "POST", "ENTER", "LEAVE", "ID", "TYPE", "normal",
    "SKIPME", "yes", "AUTH", "SETNAME", "0", "-1", "3",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e400", "0x7f", "{",
    "{}", "{ a: 1 }", "{ a > 1, b: _ }", "{ 'a@': 1 }", "'a@'", "a", "a {}", "_", "r'^a'", "r'('",
    "'", "' '", "a { b:",
    "LIST", "KILL", "GET", "DOCS", "INFO", "HELP", "*", "[", "",
  ]

  private func argument(_ random: inout Random) -> [UInt8] {
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      return (0..<Int.random(in: 0..<20, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
    case 1:
      var word = Array(Self.words.randomElement(using: &random)!.utf8)
      if let index = word.indices.randomElement(using: &random) {
        word[index] = UInt8.random(in: 0...255, using: &random)
      }
      return word
    default: return Array(Self.words.randomElement(using: &random)!.utf8)
    }
  }

  @Test(arguments: UInt64(0)..<4)
  func anyArgumentsGiveACallOrAnError(part: UInt64) {
    var random = Random.logged(salt: part)
    let names = CommandTable.standard.rows.map { $0.text.split(separator: "|") }
    var calls = 0
    for _ in 0..<5_000 {
      let name = names.randomElement(using: &random)!.map { Array($0.utf8) }
      let arguments = (0..<Int.random(in: 0..<7, using: &random)).map { _ in argument(&random) }
      let request = Request(name + arguments)
      do throws(Failure) {
        let call = try ParsedCommand(request)
        // A parsed request can be shown, and a question about the table is answered.
        #expect(!shown(call).isEmpty)
        if case .connection(.commandTable(let question)) = call {
          var encoder = RESPEncoder(version: .two)
          encoder.append(question)
          #expect(!encoder.bytes.isEmpty)
        }
        calls += 1
      } catch {
        #expect(!error.message.isEmpty)
        #expect(error.message.utf8.count < 1_000)
      }
    }
    #expect(calls > 100, "the test must reach what is right as well")
  }

  @Test(arguments: UInt64(0)..<2)
  func anyParametersPatternEnds(part: UInt64) {
    var random = Random.logged(salt: part)
    for _ in 0..<2_000 {
      let letters = (0..<Int.random(in: 0..<30, using: &random)).map { _ in
        "*?[]^-\\ab".randomElement(using: &random)!
      }
      var encoder = RESPEncoder(version: .three)
      encoder.append(
        configuration: [String(repeating: "a", count: 40): "b"], patterns: [String(letters)])
      #expect(!encoder.bytes.isEmpty)
    }
  }
}
