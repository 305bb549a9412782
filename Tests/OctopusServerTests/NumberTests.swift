import OctopusProtocol
import TestSupport
import Testing

@testable import OctopusServer

/// A number that a client has made up is answered, on any number of loops.
@Suite struct NumberTests {
  private static let boundaries = [
    "-9223372036854775808", "-9223372036854775809", "-9007199254740993", "-2147483649", "-1", "-0",
    "0", "1", "2147483648", "4294967296", "9007199254740991", "9007199254740992",
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
    "+1", "' 1'", "'1 '", "1.0", "1e3", "0x10", "01", String(repeating: "9", count: 4_000),
  ]

  /// The rows whose arguments have an integer, each with its options one at a time.
  private static let lines: [String] = CommandTable.standard.rows.flatMap { row in
    let words = row.text.split(separator: "|").joined(separator: " ")
    return variants(of: row.arguments).filter { $0.contains(Self.hole) }
      .map { ([words] + $0).joined(separator: " ") }
  }

  private static let hole = "<integer>"

  /// Ways to write arguments: all that are needed, and of the others none or one.
  private static func variants(of arguments: [ArgumentSpec]) -> [[String]] {
    let needed = arguments.map { $0.isOptional ? [] : written($0)[0] }
    var all = [needed.flatMap { $0 }]
    for (place, argument) in arguments.enumerated() {
      for variant in written(argument) {
        var parts = needed
        parts[place] = variant
        all.append(parts.flatMap { $0 })
      }
    }
    return all
  }

  private static func written(_ argument: ArgumentSpec) -> [[String]] {
    let token = argument.token.map { [$0] } ?? []
    return switch argument.kind {
    case .integer, .double: [token + [hole]]
    case .pureToken: [token]
    case .string, .pattern: [token + ["a"]]
    case .oneOf(let parts): parts.flatMap(written).map { token + $0 }
    case .block(let parts): variants(of: parts).map { token + $0 }
    }
  }

  private static func mayWait(_ line: String) -> Bool {
    ["waitfor", "lock", "sem wait", "barrier"].contains { line.lowercased().hasPrefix($0) }
  }

  @Test(arguments: [1, 2, 3]) func extremeNumbersInEveryCommandAreAnswered(loops: Int) async throws
  {
    #expect(Self.lines.contains("BIND \(Self.hole)".lowercased()), "\(Self.lines)")
    #expect(Self.lines.count > 20)
    try await withServer(loops: loops) { server in
      for line in Self.lines {
        for number in Self.boundaries {
          let client = try server.connect()
          try client.send("HELLO 3\r\n\(line.replacing(Self.hole, with: number))\r\nQUIT\r\n")
          // What waits is ended.
          client.stopSending()
          let heard = try client.textToEnd()
          // HELLO's answer and this one's, unless it waits until its client has gone.
          #expect(heard.count >= 2 || Self.mayWait(line), "\(line) \(number): \(heard)")
        }
        let pong = try server.connect().call("PING")
        #expect(pong == "PONG", "\(line)")
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func bindToANumberBelowOneIsRefused(loops: Int) async throws {
    try await withServer(loops: loops) { server in
      for number in ["-1", "-2", "0", "-9223372036854775808"] {
        let answer = try server.connect().call("BIND", number)
        #expect(answer == "-ERR client-id should be greater than 0")
      }
      for number in ["999", "9223372036854775807"] {
        let answer = try server.connect().call("BIND", number)
        #expect(answer == "-ERR no such client: \(number)")
      }
      let answer = try server.connect().call("CLIENT", "UNBLOCK", "-1")
      #expect(answer == "0")
    }
  }

  @Test(arguments: [1, 2, 3, 64]) func everySessionNumberHasALoop(loops: Int) {
    for id in [Int64.min, -2, -1, 0, 1, .max] {
      #expect((0..<loops).contains(LoopAssignment.loop(of: id, among: loops)))
    }
    for serial in Int64(1)...5 {
      for loop in 0..<loops {
        let id = LoopAssignment.id(serial: serial, on: loop, among: loops)
        #expect(LoopAssignment.loop(of: id, among: loops) == loop)
      }
    }
  }

  @Test func groupNumberIsDigitsAndNamesAGroup() throws {
    let folder = try TemporaryDirectory()
    for group in ["4294967295", "4294967296", "-1", "+0", " 0", "0x0"] {
      #expect(throws: StartupError.self, "\(group)") {
        _ = try UnixListener(path: folder.path + "/s", group: group)
      }
    }
    #expect(folder.contents == [])
  }
}
