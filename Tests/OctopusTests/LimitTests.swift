// Commands that are too large are refused by the client: the server would end the connection, and
// with it the other tasks' calls.

import Octopus
import OctopusRecords
import RESP
import Testing

struct LimitTests {
  @Test(arguments: Backend.allCases)
  func oversizedCommandsAreRefusedByTheClient(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let large = String(repeating: "x", count: RequestLimits.standard.argumentBytes)
      await expectRefusal(.tooBig) { () throws(OctopusError) in
        try await octopus.set("a { text: \(large) }")
      }
      await expectRefusal(.tooBig) { () throws(OctopusError) in
        _ = try await octopus.subscribe("a { text: \(large) }")
      }
      await expectRefusal(.tooBig) { () throws(OctopusError) in
        _ = try await octopus.transaction(.set("b"), .set("a { text: \(large) }"))
      }
      await expectRefusal(.limit) { () throws(OctopusError) in
        _ = try await octopus.exists(Array(repeating: "a", count: RequestLimits.standard.arguments))
      }
      #expect(
        try await octopus.exists(Array(repeating: "a", count: RequestLimits.standard.arguments - 1))
          == 0)
      // What fits on the wire but not in a record is refused on the other side.
      let long = String(repeating: "x", count: Limits.recordBytes)
      await expectRefusal(.tooBig) { () throws(OctopusError) in
        try await octopus.set("a { text: \(long) }")
      }
      let most = String(repeating: "x", count: Limits.recordBytes - "a { text: '' }".utf8.count)
      try await octopus.set("a { text: \(most) }")
      #expect(try await octopus.get("a")?["text"] == .string(most))
      #expect(try await octopus.names("_") == ["a"])
    }
  }
}
