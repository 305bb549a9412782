// Publish and subscribe.

import Octopus
import Testing

struct SubscriptionTests {
  @Test(arguments: Backend.allCases)
  func subscriberGetsMatchingMessages(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let (reader, writer) = (try await fixture.connect(), try await fixture.connect())
      let jobs = try await reader.subscribe("job { priority > 3 }")
      #expect(try await writer.publish("job { priority: 4, file: 'a\\'b' }") == 1)
      #expect(try await writer.publish("job { priority: 3 }") == 0)
      #expect(try await writer.publish("job { priority: 5 }") == 1)
      var iterator = jobs.makeAsyncIterator()
      #expect(try await iterator.take(2).map { $0["priority"] } == [4, 5])
      #expect(try await writer.count("_") == 0)
    }
  }

  @Test(arguments: Backend.allCases)
  func subscribersOfOneQueryEachGetAllMessages(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      let first = try await octopus.subscribe("_ { n: _ }")
      var second: OctopusClient.Messages? = try await octopus.subscribe("_ { n: _ }")
      #expect(try await fixture.figure("subscriptions", octopus) == 1)
      #expect(try await octopus.publish("m { n: 1 }") == 1)
      var (one, two) = (first.makeAsyncIterator(), second?.makeAsyncIterator())
      #expect(try await one.next() == "m { n: 1 }")
      #expect(try await two?.next() == "m { n: 1 }")
      (second, two) = (nil, nil)
      #expect(try await octopus.publish("m { n: 2 }") == 1)
      #expect(try await one.next() == "m { n: 2 }")
      // A third after one has gone, then all gone, then once more.
      do {
        var third = try await octopus.subscribe("_ { n: _ }").makeAsyncIterator()
        #expect(try await octopus.publish("m { n: 3 }") == 1)
        #expect(try await third.next() == "m { n: 3 }")
      }
      #expect(try await fixture.figure("subscriptions", octopus) == 1)
      #expect(try await one.next() == "m { n: 3 }")
    }
  }

  @Test(arguments: Backend.allCases)
  func subscribersMayLeaveInAnyOrder(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      await withTaskGroup { group in
        for _ in 0..<200 {
          group.addTask {
            // Dropped at once: subscribing and unsubscribing cross each other.
            _ = try? await octopus.subscribe("m")
          }
          group.addTask {
            let task = Task { _ = try await octopus.subscribe("m") }
            task.cancel()
            _ = await task.result
          }
        }
      }
      // After this the replies of cancelled subscriptions have come, and they are removed.
      try await octopus.ping()
      #expect(try await octopus.publish("m") == 0)
      #expect(try await fixture.figure("subscriptions", octopus) == 0)
      let messages = try await octopus.subscribe("m")
      #expect(try await octopus.publish("m") == 1)
      var iterator = messages.makeAsyncIterator()
      #expect(try await iterator.next() == "m")
    }
  }

  @Test(arguments: Backend.allCases)
  func subscribingToAMalformedQueryIsRefused(_ backend: Backend) async throws {
    try await backend.run { fixture in
      let octopus = try await fixture.connect()
      await expectRefusal(.syntax) { () throws(OctopusError) in
        _ = try await octopus.subscribe("m { n: }")
      }
      await expectRefusal(.syntax) { () throws(OctopusError) in
        try await octopus.publish("m { n > 1 }")
      }
      let messages = try await octopus.subscribe("m")
      try await octopus.publish("m")
      var iterator = messages.makeAsyncIterator()
      #expect(try await iterator.next() == "m")
    }
  }
}
