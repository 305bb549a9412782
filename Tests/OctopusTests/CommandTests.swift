// Every command, as a program uses it.

import Octopus
import Testing

struct CommandTests {
  @Test(arguments: Backend.allCases)
  func readsReturnWhatWasWritten(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      #expect(try await octopus.get("pci") == nil)
      #expect(try await octopus.set("pci { bus: 2, class: 'net' }"))
      #expect(try await octopus.get("pci")?["bus"] == 2)
      #expect(try await octopus.get("_ { class: 'net' }")?.name == "pci")
      #expect(try await octopus.exists("pci"))
      #expect(try await octopus.exists("usb") == false)
      #expect(try await octopus.exists(["pci", "usb", "_"]) == 2)
      try await octopus.set(Record(name: "/dev/sda", attributes: ["size": 12]))
      #expect(try await octopus.names("_") == ["/dev/sda", "pci"])
      #expect(try await octopus.find("_ { size > 10 }").map(\.name) == ["/dev/sda"])
      #expect(try await octopus.count("_") == 2)
      #expect(try await octopus.delete("pci") == 1)
      #expect(try await octopus.delete("pci") == 0)
      #expect(try await octopus.delete("_", all: true) == 1)
      try await octopus.ping()
    }
  }

  @Test(arguments: Backend.allCases)
  func conditionsDecideOverWrites(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      #expect(try await octopus.set("a { n: 1 }", only: .absent))
      #expect(try await octopus.set("a { n: 2 }", only: .absent) == false)
      #expect(try await octopus.set("a { n: 3 }", only: .present))
      #expect(try await octopus.set("b", only: .present) == false)
      try await octopus.set("a { n: 4, n == 3 }")
      await expectRefusal(.mismatch) { () throws(OctopusError) in
        try await octopus.set("a { n: 5, n == 3 }")
      }
      let read = try await octopus.revisioned(.get("a"))
      #expect(read.value?["n"] == 4)
      try await octopus.set("a { n: 6 }", ifRevision: read.revision)
      await expectRefusal(.mismatch) { () throws(OctopusError) in
        try await octopus.set("a { n: 7 }", ifRevision: read.revision)
      }
      await expectRefusal(.mismatch) { () throws(OctopusError) in
        try await octopus.delete("a", ifRevision: read.revision)
      }
      try await octopus.set("c", ifRevision: 0)
      #expect(try await octopus.get("a") == "a { n: 6 }")
    }
  }

  @Test(arguments: Backend.allCases)
  func updateKeepsOtherAttributes(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      await expectRefusal(.mismatch) { () throws(OctopusError) in
        try await octopus.update("page { title: 'x' }")
      }
      try await octopus.set("page { visits: 3, pending: true }")
      let page = try await octopus.update(
        "page { title: 'it\\'s' }", remove: ["pending"], add: ["visits": 2, "weight": 0.5])
      #expect(page == "page { title: 'it\\'s', visits: 5, weight: 0.5 }")
      #expect(try await octopus.get("page") == page)
    }
  }

  @Test(arguments: Backend.allCases)
  func setSequentialSkipsTakenNumbers(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("job_1 {}")
      #expect(try await octopus.setSequential("job_ { file: 'a' }") == "job_0")
      #expect(try await octopus.setSequential("job_ { file: 'b' }") == "job_2")
      #expect(try await octopus.setSequential("'/a b/' {}") == "/a b/0")
    }
  }

  @Test(arguments: Backend.allCases)
  func pagesCoverAllRecordsOfAnySize(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let names = (0..<25).map { "it's \($0)" }
      try await octopus.transaction(names.map { .set("\($0) { is: true }") })
      #expect(try await octopus.names("_", limit: 3) == Array(names[..<3]))
      #expect(
        try await octopus.find("_", limit: 2, after: "it's 9").map(\.name) == [
          "it's 10", "it's 11",
        ])
      for size in [1, 7, 25, 26] {
        var found: [String] = []
        for try await record in octopus.pages("_", size: size) { found.append(record.name) }
        #expect(found == names)
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func refusedTransactionChangesNothing(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let (isSet, name, record, count) = try await octopus.transaction(
        .set("a { n: 1 }"), .setSequential("b_"), .update("a", add: ["n": 1]), .count("_"))
      #expect(isSet)
      #expect(name == "b_0")
      #expect(record == "a { n: 2 }")
      #expect(count == 2)
      await expectRefusal(.mismatch) { () throws(OctopusError) in
        _ = try await octopus.transaction(.set("c"), .set("a { n: 9, n == 1 }"))
      }
      await expectRefusal(.syntax) { () throws(OctopusError) in
        try await octopus.transaction([.set("d"), .set("e { x: }"), .set("f")])
      }
      #expect(try await octopus.names("_") == ["a", "b_0"])
      #expect(try await octopus.transaction([OctopusClient.Command<Bool>]()).isEmpty)
    }
  }

  @Test(arguments: Backend.allCases)
  func transientRecordsGoWithTheirSession(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (watcher, owner) = (try await fixture.connect(), try await fixture.connect())
      try await owner.set("service.web", transient: true)
      try await owner.set("kept")
      #expect(try await watcher.exists("service.web"))
      owner.close()
      #expect(owner.isClosed)
      try await watcher.waitFor(gone: "service.web")
      #expect(try await watcher.names("_") == ["kept"])
    }
  }

  @Test(arguments: Backend.allCases)
  func explainAndInfoReturnFields(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      try await octopus.set("a { n: 1 }")
      let plan = try await octopus.explain("_ { n: 1 }")
      #expect(plan["candidates"] == "1")
      #expect(plan.fields.count > 2)
      #expect(try await fixture.figure("records", octopus) == 1)
    }
  }

  @Test(arguments: Backend.allCases)
  func refusalsHaveTheirCodes(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      await expectRefusal(.syntax) { () throws(OctopusError) in try await octopus.set("a { n: }") }
      await expectRefusal(.syntax) { () throws(OctopusError) in _ = try await octopus.get("a {") }
      await expectRefusal(.noName) { () throws(OctopusError) in try await octopus.set("_ { n: 1 }")
      }
      await expectRefusal(.noName) { () throws(OctopusError) in try await octopus.delete("_") }
      await expectRefusal(.badRegex) { () throws(OctopusError) in
        _ = try await octopus.get("r'('")
      }
      await expectRefusal(.syntax) { () throws(OctopusError) in
        _ = try await octopus.run(.count("_"), trigger: .once(.any))
      }
      // The place of the error is in the message, for people.
      do throws(OctopusError) {
        try await octopus.set("pci { bus: }")
      } catch {
        #expect(error.message.contains("11"), "\(error)")
      }
    }
  }
}
