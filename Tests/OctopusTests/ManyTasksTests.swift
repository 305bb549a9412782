// Many tasks on one connection: each gets its own answers.

import Generators
import Octopus
import Testing

struct ManyTasksTests {
  @Test(arguments: Backend.allCases)
  func tasksOfOneConnectionGetTheirOwnReplies(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("counter { n: 0 }")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<50 {
          group.addTask {
            for round in 0..<20 {
              try await octopus.update("counter", add: ["n": 1])
              try await octopus.set("t_\(task) { round: \(round) }")
              let read = try await octopus.get("t_\(task)")
              #expect(read?["round"] == .integer(Int64(round)))
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await octopus.get("counter")?["n"] == 1_000)
      #expect(try await octopus.count("r'^t_'") == 50)
    }
  }

  /// Far more is under way than a socket takes at once, in both directions, and small commands
  /// among it.
  @Test(arguments: Backend.allCases)
  func outputLargerThanTheSocketBufferArrives(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let text = String(repeating: "0123456789abcdef", count: 1 << 14)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<24 {
          group.addTask {
            try await octopus.set("t_\(task) { number: \(task), text: \(text) }")
            let read = try await octopus.get("t_\(task)")
            #expect(read?["number"] == .integer(Int64(task)))
            #expect(read?["text"] == .string(text))
          }
          group.addTask { for _ in 0..<20 { try await octopus.ping() } }
        }
        try await group.waitForAll()
      }
      #expect(
        try await octopus.find("_").map { $0["text"]?.text?.utf8.count }
          == Array(repeating: text.utf8.count, count: 24))
    }
  }

  /// One consumer per watch sees every change, in order, whatever the other tasks do.
  @Test(arguments: Backend.allCases)
  func concurrentWatchesSeeEveryChange(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (octopus, writer) = (try await fixture.connect(), try await fixture.connect())
      try await withThrowingTaskGroup(of: Void.self) { group in
        var observations: [OctopusClient.Observation] = []
        for _ in 0..<10 { observations.append(try await octopus.observe("a { n: _ }")) }
        for observation in observations {
          group.addTask {
            var next: Int64 = 0
            for try await change in observation.changes {
              #expect(change.record["n"] == .integer(next))
              next += 1
              if next == 500 { break }
            }
          }
        }
        group.addTask { for n in 0..<500 { try await writer.set("a { n: \(n) }") } }
        for _ in 0..<100 { _ = try await octopus.get("a") }
        try await group.waitForAll()
      }
      #expect(try await fixture.figure("triggers", octopus) == 0)
    }
  }

  /// What a watch says, applied to a set of records, is what a fresh look finds.
  @Test(arguments: Backend.allCases)
  func changesAddUpToTheMatchingRecords(_ backend: Backend) async throws {
    var random = Random()
    print("seed \(random.seed)")
    let history: [Write?] = (0..<400).map { _ in
      let name = "r_\(Int.random(in: 0..<12, using: &random))"
      guard Int.random(in: 0..<4, using: &random) > 0 else { return nil }
      return "\(name) { n: \(Int.random(in: 0..<4, using: &random)) }"
    }
    let victims = history.map { _ in Int.random(in: 0..<12, using: &random) }
    try await backend.run { fixture in
      let (octopus, writer) = (try await fixture.connect(), try await fixture.connect())
      let query: Query = "_ { n >= 2 }"
      var changes = try await octopus.observe(query).changes.makeAsyncIterator()
      var seen: [String: Record] = [:]
      for (write, victim) in zip(history, victims) {
        if let write {
          try await writer.set(write)
        } else {
          try await writer.delete("\("r_\(victim)")")
        }
        // A mark that the watch sees too: all before it has come when it does.
        try await writer.set("mark { n: 2 }")
        try await writer.delete("mark")
        while let change = try await changes.next() {
          if change.record.name == "mark" {
            if change.kind == .deleted { break }
            continue
          }
          seen[change.record.name] = change.isPresent ? change.record : nil
        }
        let found = try await writer.find(query)
        #expect(Set(found) == Set(seen.values))
      }
    }
  }
}
