import Octopus
import OctopusRecords
import TestSupport
import Testing

/// Reads of more than one step of the server can do.
@Suite struct ReadingInPagesTests {
  @Test func readsOfMoreThanAStepGiveTheWholeResult() async throws {
    try await Backend.withServer(stepBudget: 20_000) { fixture in
      let octopus = try await fixture.connect()
      for number in 0..<600 { try await octopus.set("a_\(number) { n: \(number) }") }
      let last: Query = "r'599$'"
      await expectRefusal(.limit) { () async throws(OctopusError) in
        _ = try await octopus.run(.get(last))
      }
      #expect(try await octopus.get(last)?.name == "a_599")
      #expect(try await octopus.exists(last))
      #expect(try await octopus.get("r'600$'") == nil)
      #expect(try await !octopus.exists("r'600$'"))
      #expect(try await octopus.count("r'9$'") == 60)
      #expect(try await octopus.names("r'9$'").count == 60)
      #expect(try await octopus.find("_").count == 600)
    }
  }
}
