import Glibc
import Testing

/// A client that dies or stops, at any instant: nobody waits for the dead.
@Suite struct ClientDeathTests {
  @Test func itsRecordsGoAtOnce() async throws {
    let server = try await Octopusd()
    let watcher = try server.connect()
    try await watcher.ask("PSUBSCRIBE _\r\n", "*3\r\n$10\r\npsubscribe\r\n$1\r\n_\r\n:1\r\n")
    try await watcher.expect(pmessage("synced", "0"))

    let doomed = try server.startRedisCLI([])
    doomed.input.write("SET service TRANSIENT\nSETSEQ worker_ TRANSIENT\nSET kept\nWAITFOR never\n")
    for record in ["service {}", "worker_0 {}", "kept {}"] {
      try await watcher.expect(pmessage("set", record))
    }
    try await server.wait(for: "waits") { $0 == 1 }
    doomed.process.kill(SIGKILL)
    // In the order of their creation.
    try await watcher.expect(pmessage("del", "service {}"))
    try await watcher.expect(pmessage("del", "worker_0 {}"))
    #expect(try await server.redisCLI("FIND", "_").output == "kept {}\n")
    #expect(try await server.figure("waits") == 0)
  }

  @Test func whoWaitsForItsEndIsAnswered() async throws {
    let server = try await Octopusd()
    let doomed = try server.startRedisCLI([])
    doomed.input.write("SET service TRANSIENT\n")
    try await doomed.prints("OK")
    let waiter = try server.connect()
    await waiter.send("WAITFOR service GONE\r\n")
    try await server.wait(for: "waits") { $0 == 1 }
    doomed.process.kill(SIGKILL)
    try await waiter.expect("+OK\r\n")
  }

  @Test func whatItHadOnlyQueuedIsNotDone() async throws {
    let server = try await Octopusd()
    do {
      let doomed = try server.connect()
      try await doomed.ask(
        "MULTI\r\nSET a\r\nSET b\r\n", "+OK\r\n+QUEUED\r\n+QUEUED\r\n")
    }
    try await server.wait(for: "connected_clients") { $0 == 1 }
    #expect(try await server.figure("records") == 0)
  }

  /// A subscriber that stops reading delays neither the publisher nor other subscribers, and has
  /// missed nothing when it goes on.
  @Test func oneThatStopsSlowsNobody() async throws {
    let server = try await Octopusd()
    let stopped = try await server.listen(["SUBSCRIBE", "tick"])
    try await stopped.prints("\"subscribe\",\"tick\",1")
    let quick = try server.connect()
    try await quick.ask("SUBSCRIBE tick\r\n", "*3\r\n$9\r\nsubscribe\r\n$4\r\ntick\r\n:1\r\n")
    stopped.process.kill(SIGSTOP)

    let publisher = try server.connect()
    // More than the sockets' buffers hold.
    let text = String(repeating: "x", count: 4_000)
    let count = 500
    for number in 0..<count {
      let record = "tick { n: \(number), t: '\(text)' }"
      try await publisher.ask("PUBLISH \"\(record)\"\r\n", ":2\r\n")
      try await quick.expect(
        "*3\r\n$7\r\nmessage\r\n$4\r\ntick\r\n$\(record.utf8.count)\r\n\(record)\r\n")
    }
    stopped.process.kill(SIGCONT)
    for number in 0..<count {
      try await stopped.prints("\"message\",\"tick\",\"tick { n: \(number), t: '\(text)' }\"")
    }
  }

  private func pmessage(_ kind: String, _ record: String) -> String {
    "*4\r\n$8\r\npmessage\r\n$1\r\n_\r\n$\(kind.utf8.count)\r\n\(kind)\r\n"
      + "$\(record.utf8.count)\r\n\(record)\r\n"
  }
}
