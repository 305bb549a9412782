import Testing

/// octopusd with --max-memory.
@Suite struct MemoryLimitTests {
  @Test func redisPyRaisesOutOfMemory() async throws {
    try await python("memory", Octopusd(["--max-memory", "1mb"]))
  }

  @Test func redisCLIShowsOutOfMemory() async throws {
    let server = try await Octopusd(["--max-memory", "1kb"])
    let text = String(repeating: "x", count: 1_000)
    let outcome = try await server.redisCLI("--no-raw", "SET", "a { text: '\(text)' }")
    #expect(
      outcome.output == "(error) OOM this would take more than the memory limit of 1024 bytes\n")
    #expect(try await server.redisCLI("SET", "a").output == "OK\n")
  }

  @Test(arguments: [("0", 0), ("1048576", 1_048_576), ("512MB", 512 << 20), ("2g", 2_000_000_000)])
  func maxMemoryAcceptsTheSuffixesOfRedis(text: String, bytes: Int) async throws {
    let server = try await Octopusd(["--max-memory", text])
    #expect(try await server.figure("maxmemory") == bytes)
  }

  /// The process stays within a small multiple of the limit, whatever fills the memory.
  @Test func processStaysNearTheMemoryLimit() async throws {
    let limit = 2 << 20
    let server = try await Octopusd(["--max-memory", "2mb"])
    let before = try await server.figure("used_memory_rss")
    let large = String(repeating: "x", count: 30_000)
    // Each more often than there is room for.
    let shapes: [(count: Int, command: (Int) -> String)] = [
      (100, { "SET big\($0) \"{ text: '\($0) \(large)' }\"" }),
      (6_000, { "SET 'a\($0) { b\($0): 1 }'" }),
      (5_000, { "SUBSCRIBE '_ { a: \($0) }'" }),
      (2_000, { "GET \"r'^a\($0)[0-9]+$'\" TRIGGER ANY PERSIST" }),
      (12_000, { "SETSEQ s\($0)_" }),
    ]
    var refusals = 0
    for (place, shape) in shapes.enumerated() {
      let client = try server.connect()
      await client.send("HELLO 3\r\n")
      let end = "done\(place)\r\n"
      // Read all the while, lest the server wait for its reader.
      async let answers = client.receive(through: end)
      let commands = (0..<shape.count).map { shape.command($0) + "\r\n" }
      await client.send(commands.joined() + "ECHO " + end)
      _ = try await answers
      let (used, refused) = (
        try await server.figure("used_memory_dataset"),
        try await server.figure("maxmemory_refusals")
      )
      #expect(used > limit * 9 / 10 && used <= limit, "\(place): \(used)")
      #expect(refused > refusals, "\(place)")
      refusals = refused
      await client.send("DEL _ ALL\r\nQUIT\r\n")
      _ = try await client.receiveToEnd()
      try await server.wait(for: "sessions") { $0 == 1 }
    }
    let growth = try await server.figure("used_memory_rss") - before
    expect(bytes: growth, below: 8 * limit)
    // The numbers of sequential names are not given twice, so their counters stay.
    let counters = try await server.figure("counters")
    #expect(counters > 5_000)
    #expect(try await server.figure("used_memory_dataset") < counters * 90)
  }

  /// RE2 builds automata while it matches, of sets for short texts and of each expression for long
  /// ones, and keeps them.
  @Test func automataOfRegularExpressionsAreCounted() async throws {
    let server = try await Octopusd()
    let before = try await server.figure("used_memory_rss")
    // One session may not have all of them.
    var subscribers: [RawClient] = []
    for first in stride(from: 0, to: 10_000, by: 100) {
      let subscriber = try server.connect()
      let subscriptions = (first..<first + 100).map { number in
        "SUBSCRIBE \"r'[aeiou][a-z.]{2}\(number)'\"\r\n"
          + "SUBSCRIBE \"_ { t: r'[aeiou][a-z.]{2}\(number)' }\"\r\n"
      }
      // Read all the while, lest the server wait for its reader.
      async let answers = subscriber.receive(through: ":200\r\n")
      await subscriber.send(subscriptions.joined())
      _ = try await answers
      subscribers.append(subscriber)
    }
    var state: UInt64 = 1
    func letters(_ count: Int) -> String {
      String(
        (0..<count).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1
          return Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(state >> 59) % 26))
        })
    }
    let publisher = try server.connect()
    for _ in 0..<3 {
      await publisher.send(framed("PUBLISH", "\(letters(1_000)) { t: '\(letters(3_000))' }"))
      try await publisher.expect(":0\r\n")
    }
    let growth = try await server.figure("used_memory_rss") - before
    let used = try await server.figure("used_memory")
    print("20,000 regular expressions: \(used) bytes are counted, \(growth) are used")
    expect(bytes: growth, below: used * 3 / 2)
    for subscriber in subscribers { await subscriber.send("RESET\r\n") }
    try await server.wait(for: "subscriptions") { $0 == 0 }
    #expect(try await server.figure("used_memory") < 1 << 20)
  }
}
