// Interpolated values stay values, whatever they contain.

import Octopus
import Testing

struct InjectionTests {
  static let attempts = [
    "x' { admin: true } '", "', admin: true, b: '", "\\", "\\'", "'", "}", "{}", "_", "r'.*'",
    "a b",
    "line\nbreak", "\r\nSET evil {}\r\n", "\u{0}", "\u{7f}", "ü 🐙", "true", "12", "' REV", "-1",
    "$",
    "a'\\", "\\u{41}", "%d",
  ]

  @Test(arguments: Backend.allCases)
  func interpolatedTextCannotChangeAQuery(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("safe { owner: 'root', admin: true }")
      for text in Self.attempts {
        try await octopus.set("\(text) { owner: \(text) }")
        #expect(try await octopus.get("\(text)")?.name == text)
        #expect(try await octopus.find("_ { owner: \(text) }").map(\.name) == [text])
        #expect(try await octopus.get("\(text) { owner: 'root' }") == nil)
        #expect(try await octopus.names("_", after: text).contains(text) == false)
        let messages = try await octopus.subscribe("_ { say: \(text) }")
        #expect(try await octopus.publish("m { say: \(text) }") == 1)
        var iterator = messages.makeAsyncIterator()
        #expect(try await iterator.next()?["say"] == .string(text))
        #expect(try await octopus.delete("\(text)") == 1)
        #expect(try await octopus.names("_") == ["safe"])
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func interpolatedNumbersStayNumbers(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("n { a: \(Int64.min), b: \(0.1), c: \(true), d: \(UInt8(7)) }")
      #expect(try await octopus.exists("n { a: \(Int64.min), b: \(0.1), c: \(true), d: 7 }"))
      for bad: Write in [
        "n { a: \(Double.nan) }", "n { a: \(UInt64.max) }", "n { a: \(-Double.infinity) }",
      ] {
        await expectRefusal(.syntax) { () throws(OctopusError) in try await octopus.set(bad) }
      }
    }
  }
}
