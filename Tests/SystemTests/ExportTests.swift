import Generators
import Octopus
import OctopusRecords
import TestSupport
import Testing

/// `octopus export`: which records it prints, and that `octopus import` sets them again.
@Suite struct ExportTests {
  @Test func exportedRecordsAreImportedUnchanged() async throws {
    let (one, other) = (try await Octopusd(), try await Octopusd())
    var random = Random.logged()
    let records = (0..<500).map { _ in Generated.record(names: 60, using: &random) }
    try await connectLibrary(to: one.socket).transaction(records.map { .set(Write($0)) })
    let exported = try await one.octopus("export")
    #expect(exported.status == .init(code: 0))
    #expect(exported.errors == "")
    #expect(
      exported.lines
        == (try await one.octopus("find", "_")).lines.filter { !$0.hasPrefix("hw.") })
    let imported = try await other.octopus("import", input: exported.output)
    #expect(imported.status == .init(code: 0))
    #expect(imported.errors == "")
    #expect(try await other.octopus("find", "_").output == exported.output)
  }

  @Test func exportedJSONIsImportedUnchanged() async throws {
    let (one, other) = (try await Octopusd(), try await Octopusd())
    for record in ["'a \\n é🐙' { 'x\"y': 'it\\'s', s: on }", "b { f: 12.0, i: 12, t: true }", "c"] {
      #expect(try await one.octopus("set", record).status == .init(code: 0))
    }
    let exported = try await one.octopus("export", "--json").output
    #expect(exported == (try await one.octopus("find", "_", "--json")).output)
    // Also without the option.
    #expect(try await other.octopus("import", "--json", input: exported).errors == "")
    #expect(try await other.octopus("export", "--json").output == exported)
    #expect(try await one.octopus("import", input: exported).errors == "")
    #expect(try await one.octopus("export", "--json").output == exported)
  }

  /// What SET refuses is left out, and nothing else that only looks so.
  @Test func exportLeavesOutRecordsOfQueuesAndOfTheMachine() async throws {
    let server = try await Octopusd()
    #expect(try await server.octopus("sem", "--new", "3", "pool").status == .init(code: 0))
    let running = try [
      ["lock", "print", "--", "cat"], ["sem", "pool", "--", "cat"],
      ["barrier", "start", "2", "--", "cat"], ["elect", "'x y'", "--", "cat"],
    ].map { try octopus($0, server) }
    for queue in ["lock: 'print'", "semaphore: 'pool', state: 'held'", "barrier: 'start'"] {
      #expect(try await server.octopus("wait", "_ { \(queue) }").status == .init(code: 0))
    }
    #expect(try await server.octopus("wait", "_ { lock: r'x y' }").status == .init(code: 0))
    let free = [
      "'_1' { lock: '' }", "a_1 { lock: 1 }", "hwx {}", "kaluga {}", "pool_ { semaphore: 'pool' }",
      "pool_0000000000000000001 { semaphore: 'pool' }", "pool_1x { semaphore: 'pool' }",
      "print_7 { lock: 'other' }", "start { barrier: 'start' }",
    ]
    let others = ["hw.usb.1", "kaluga.a", "octopus.a"]
    for record in free + others {
      #expect(try await server.octopus("set", record).status == .init(code: 0), "\(record)")
    }
    let exported = try await server.octopus("export", "_")
    #expect(exported.lines.sorted() == free.sorted())
    #expect(try await server.octopus("count", "_").output == "\(free.count + others.count + 5)\n")
    for query in ["r'^hw\\.'", "_ { lock: 'print' }", "nothing"] {
      let outcome = try await server.octopus("export", query)
      #expect(outcome.status == .init(code: 1))
      #expect(outcome.output == "")
    }
    for program in running { program.input.close() }
  }

  @Test func exportOfMoreThanAStepIsReadInPagesAndSaysSo() async throws {
    let server = try await Octopusd(["--step-budget", "1"])
    let lines = (0..<12_000).map { "n\($0) { i: \($0) }\n" }.joined()
    #expect(try await server.octopus("import", input: lines).status == .init(code: 0))
    let all = try await server.octopus("export")
    #expect(all.output == lines)
    #expect(
      all.errors == "octopus: more records than one step can read: they are of several moments\n")
    let few = try await server.octopus("export", "n7")
    #expect(few.output == "n7 { i: 7 }\n")
    #expect(few.errors == "")
  }
}
