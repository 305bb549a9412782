// What is too large is refused on this side: the other would end the connection, and with it all that
// other tasks do.

import Octopus
import OctopusRecords
import Testing

struct LimitTests {
  @Test(arguments: Ground.allCases)
  func refusesWhatWouldEndTheConnection(_ ground: Ground) async throws {
    try await ground.run { stage in
      let octopus = try await stage.connect()
      let large = String(repeating: "x", count: Limits.argumentBytes)
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
        _ = try await octopus.exists(Array(repeating: "a", count: Limits.arguments))
      }
      #expect(try await octopus.exists(Array(repeating: "a", count: Limits.arguments - 1)) == 0)
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
