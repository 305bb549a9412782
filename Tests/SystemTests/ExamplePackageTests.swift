import Glibc
import Testing

/// The example packages, as programs of this package: `OCTOPUS_EXAMPLES` builds them.
@Suite(.enabled(if: access(productsDirectory + "/example-watch", X_OK) == 0))
struct ExamplePackageTests {
  @Test func lockHoldersPrintOneAtATime() async throws {
    let server = try await Octopusd()
    let names = ["Alice", "Bob", "Carol"]
    var lines: [String] = []
    for outcome in try await outcomes(of: names.map { ["lock", $0] }, server) {
      #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
      #expect(outcome.lines.count == 4)
      lines.append(try #require(outcome.lines.first))
    }
    // Each of the three had a token of its own.
    #expect(Set(lines.map { $0.drop { $0 != "(" } }).count == 3)
  }

  @Test func clientsFindServersThatAreReady() async throws {
    let server = try await Octopusd()
    async let served = run(example("service-discovery"), ["serve", "8080"], server)
    let found = try await run(example("service-discovery"), ["find"], server)
    #expect(found.lines == ["found web_0 { kind: 'web', port: 8080, state: 'ready' }"])
    _ = try await server.octopus("set", "shutdown")
    #expect(try await served.lines == ["serving on port 8080 as web_0"])
    #expect(try await server.octopus("count", "_ { kind: 'web' }").lines == ["0"])
  }

  @Test func watchShowsWhatIsThereAndThenEveryChange() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "kitchen { temperature: 31 }")
    let watch = try Terminal(
      example("watch"), ["_ { temperature > 30 }"], environment: server.environment)
    try await watch.expect("is there: kitchen { temperature: 31 }")
    _ = try await server.octopus("set", "attic { temperature: 40 }")
    try await watch.expect("set: attic { temperature: 40 }")
    _ = try await server.octopus("set", "kitchen { temperature: 20 }")
    try await watch.expect("matches no longer: kitchen { temperature: 20 }")
    _ = try await server.octopus("del", "attic")
    try await watch.expect("deleted: attic")
  }

  private func example(_ name: String) -> String { productsDirectory + "/example-\(name)" }

  private func run(
    _ program: String, _ arguments: [String], _ server: Octopusd
  ) async throws -> Outcome {
    try await SystemTests.run(program, arguments, environment: server.environment)
  }

  /// Of examples that run at the same time.
  private func outcomes(of examples: [[String]], _ server: Octopusd) async throws -> [Outcome] {
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      for words in examples {
        group.addTask { try await run(example(words[0]), Array(words.dropFirst()), server) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}
