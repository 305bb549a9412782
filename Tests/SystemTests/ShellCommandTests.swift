import Foundation
import Octopus
import TestSupport
import Testing

/// The shell's commands, each a run of the real program against a real server.
@Suite struct ShellCommandTests {
  @Test func setRecordsAreFound() async throws {
    let server = try await Octopusd()
    let set = try await server.octopus("set", "service.pci { state: 'ready', port: 7 }")
    #expect(set.status == .init(code: 0))
    #expect(set.output == "")
    // A name and a body apart, and a body that the shell has split.
    #expect(try await server.octopus("set", "job_2", "{ n: 1 }").status == .init(code: 0))
    #expect(
      try await server.octopus("set", "job_10", "{", "n:", "-1", "}").status == .init(code: 0))

    let found = try await server.octopus("get", "_ { state: 'ready' }")
    #expect(found.output == "service.pci { port: 7, state: 'ready' }\n")
    #expect(try await server.octopus("names").lines == ["job_2", "job_10", "service.pci"])
    #expect(try await server.octopus("names", "--prefix", "job").lines == ["job_2", "job_10"])
    #expect(try await server.octopus("find", "r'^job'", "{ n < 0 }").lines == ["job_10 { n: -1 }"])
    #expect(try await server.octopus("count", "_").output == "3\n")
    let exists = try await server.octopus("exists", "job_2", "{ n: 1 }", "job_10")
    #expect(exists.output == "2\n")
    #expect(exists.status == .init(code: 0))
  }

  @Test func writesPrintTheirResults() async throws {
    let server = try await Octopusd()
    #expect(try await server.octopus("setseq", "job_", "{ k: build }").output == "job_0\n")
    #expect(try await server.octopus("setseq", "job_").output == "job_1\n")
    let updated = try await server.octopus(
      "update", "job_0", "{ who: 'me' }", "--remove", "k", "--add", "n=2", "--add", "f=0.5")
    #expect(updated.output == "job_0 { f: 0.5, n: 2, who: 'me' }\n")
    #expect(try await server.octopus("del", "job_0", "job_7").output == "1\n")
    #expect(try await server.octopus("del", "--all", "r'^job'").output == "1\n")
    #expect(try await server.octopus("publish", "m { a: 1 }").output == "0\n")
  }

  @Test func failedConditionsExitWithOne() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "counter { value: 4 }")
    let no = Process.Status(code: 1)
    let yes = Process.Status(code: 0)
    #expect(try await server.octopus("set", "counter", "--nx").status == no)
    #expect(try await server.octopus("set", "other", "--xx").status == no)
    #expect(try await server.octopus("set", "counter { value: 5, value == 3 }").status == no)
    #expect(try await server.octopus("update", "other { a: 1 }").status == no)
    let read = try await server.octopus("get", "--revision", "counter")
    let revision = String(read.output.prefix { $0 != " " })
    #expect(read.output == "\(revision) counter { value: 4 }\n")
    #expect(try await server.octopus("set", "counter { value: 5 }", "--if", "999").status == no)
    #expect(try await server.octopus("set", "counter { value: 5 }", "--if", revision).status == yes)
    #expect(try await server.octopus("get", "counter").output == "counter { value: 5 }\n")
  }

  @Test func exitStatusSaysHowTheCommandEnded() async throws {
    let server = try await Octopusd()
    let cases: [(arguments: [String], code: Int32)] = [
      (["get", "nothing"], 1), (["names", "nothing"], 1), (["find", "nothing"], 1),
      (["count", "nothing"], 1), (["exists", "nothing"], 1), (["del", "nothing"], 1),
      (["get"], 2), (["nonsense"], 2), (["get", "x", "--nonsense"], 2), (["get", "a { b: }"], 2),
      (["get", "r'('"], 2), (["set", "_"], 2), (["del", "r'a'"], 2),
      (["wait", "x", "--count", "0"], 2),
      (["--tcp", "nowhere", "info"], 2), (["--password-file", "/nonexistent", "info"], 2),
      (["get", "x", "--socket", "/nonexistent/socket"], 3),
      (["wait", "nothing", "--timeout", "0.05"], 124),
      (["wait", "nothing", "--timeout", "0"], 124),
      (["watch", "nothing", "--timeout", "50ms"], 124),
      (["subscribe", "nothing", "--timeout", "50ms"], 124),
      (["--help"], 0), (["help", "watch"], 0), (["--version"], 0), (["info"], 0),
    ]
    for (arguments, code) in cases {
      let outcome = try await run(
        productsDirectory + "/octopus", arguments, environment: server.environment)
      #expect(outcome.status == .init(code: code), "\(arguments): \(outcome.errors)")
      // An error says why, on standard error alone.
      #expect(outcome.errors.isEmpty == [0, 1, 124].contains(code), "\(arguments)")
      if code > 1 { #expect(outcome.output == "", "\(arguments)") }
    }
  }

  @Test func syntaxErrorIsMarkedWithACaret() async throws {
    let server = try await Octopusd()
    let outcome = try await server.octopus("find", "pci", "{ bus: }")
    #expect(outcome.status == .init(code: 2))
    #expect(outcome.errors.hasPrefix("octopus: syntax error: expected a value"))
    #expect(outcome.errors.hasSuffix("\n  pci { bus: }\n             ^\n"), "\(outcome.errors)")
  }

  @Test func longLineIsCutAroundTheError() async throws {
    let many = (0..<100).map { "a\($0): \($0)" }.joined(separator: ", ")
    let outcome = try await run(
      productsDirectory + "/octopus", ["get", "x { \(many), 1, \(many) }"])
    let lines = outcome.errors.split(separator: "\n").map(Array.init)
    #expect(lines.count == 3)
    #expect(lines[1].count == 2 + 74 && lines[1][2] == "…" && lines[1].last == "…")
    // The caret stands under the number that is no attribute.
    #expect(String(lines[1][(lines[2].count - 1)...].prefix(3)) == "1, ")
  }

  @Test func tcpConnectionNeedsThePassword() async throws {
    let directory = try TemporaryDirectory()
    let password = directory.path + "/password"
    try "open sesame\n".write(toFile: password, atomically: true, encoding: .utf8)
    chmod(password, 0o600)
    let server = try await Octopusd(["--tcp", "127.0.0.1:0", "--password-file", password])
    let line = try #require(try await server.nextLogLine())
    let port = try #require(line.split(separator: "port=").last?.prefix { $0.isNumber })
    let address = "127.0.0.1:\(port)"
    let known = try await run(
      productsDirectory + "/octopus",
      ["set", "a", "--tcp", address, "--password-file", password])
    #expect(known.status == .init(code: 0), "\(known.errors)")
    let fromEnvironment = try await run(
      productsDirectory + "/octopus", ["get", "a", "--tcp", address],
      environment: ["OCTOPUS_PASSWORD": "open sesame"])
    #expect(fromEnvironment.output == "a {}\n", "\(fromEnvironment.errors)")
    for wrong in [[:], ["OCTOPUS_PASSWORD": "wrong"]] {
      let refused = try await run(
        productsDirectory + "/octopus", ["get", "a", "--tcp", address], environment: wrong)
      #expect(refused.status == .init(code: 2))
      #expect(refused.output == "")
      #expect(!refused.errors.contains("wrong"))
    }
  }

  @Test func syntaxErrorNeedsNoServer() async throws {
    let outcome = try await run(
      productsDirectory + "/octopus", ["--socket", "/nonexistent", "set", "_"])
    #expect(outcome.status == .init(code: 2))
  }

  @Test func manyRecordsArePrintedInPages() async throws {
    let server = try await Octopusd()
    let client = try await connectLibrary(to: server.socket)
    try await client.transaction(
      (0..<2_500).map { .set(Write(try Record(name: "n\($0)", attributes: ["i": .integer($0)]))) })
    #expect(try await server.octopus("names").lines == (0..<2_500).map { "n\($0)" })
    _ = try await server.octopus(input: "set '/dev/sda'\nset '/dev/sdb'\n")
    for after in ["/dev/sda", "'/dev/sda'"] {
      let next = try await server.octopus("names", "--after", after, "--limit", "1")
      #expect(next.output == "'/dev/sdb'\n")
    }
    let some = try await server.octopus("find", "_", "--limit", "1200", "--after", "n1000")
    #expect(some.lines == (1_001...2_200).map { "n\($0) { i: \($0) }" })
  }

  @Test func inputLinesAreCarriedOutAsCommands() async throws {
    let server = try await Octopusd()
    let outcome = try await server.octopus(
      input: "set a { t: 'two words' }\nget a\nget a { b: }\n\nget nothing\n")
    #expect(outcome.output == "a { t: 'two words' }\n")
    #expect(outcome.errors.contains("syntax error"))
    #expect(outcome.status == .init(code: 1))
  }
}
