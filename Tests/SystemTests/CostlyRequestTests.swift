import Testing

/// Requests that would take long, or make those of others take long: they are refused, with the
/// reason, or done in parts, and other clients are served.
@Suite struct CostlyRequestTests {
  /// Requests, and what the answer to them contains.
  struct Attempt: CustomTestStringConvertible, Sendable {
    let name: String
    let requests: @Sendable () -> String
    let answer: String
    var testDescription: String { name }

    init(_ name: String, _ answer: String, _ requests: @escaping @Sendable () -> String) {
      (self.name, self.answer, self.requests) = (name, answer, requests)
    }
  }

  private static let attempts = [
    Attempt("a loop that does not exist", "-ERR") { "BIND -1\r\n" },
    Attempt("a regular expression with many states", "-BADREGEX") {
      framed("COUNT", "r'((([a-z_0-9]?){20}){20})x$'")
    },
    Attempt("many regular expressions of Unicode classes", "-BADREGEX") {
      let attributes = (0..<32).map { "a\($0): r'\\pL{12}\($0)'" }.joined(separator: ", ")
      return String(repeating: framed("COUNT", "a { \(attributes) }"), count: 30)
    },
    Attempt("many conditions for many records", "-LIMIT one step examines no more than") {
      let conditions = (1...5_000).map { "n != -\($0)" }.joined(separator: ", ")
      return framed("COUNT", "_ { \(conditions) }")
    },
    Attempt("many searches at once", ":0\r\n:0\r\n:0\r\n") {
      String(repeating: framed("COUNT", "r'q'"), count: 1_000)
    },
    Attempt("many waits that one record ends", "+OK") {
      (0..<200).map { framed("WAITFOR", "r'z+(z|i)$'", "DEFER", "\($0)") }.joined() + "SET zz\r\n"
    },
    Attempt("a transaction that keeps many states of a large record", "-LIMIT command ") {
      let large = framed("SET", "big { n: 0, t: '\(String(repeating: "x", count: 1_000_000))' }")
      return large + "MULTI\r\n"
        + String(repeating: framed("UPDATE", "big {}", "ADD", "n", "1"), count: 3_000) + "EXEC\r\n"
    },
    Attempt("a transaction of many names", "-EXECABORT") {
      let command = "EXISTS" + String(repeating: " a", count: 1_023) + "\r\n"
      return "MULTI\r\n" + String(repeating: command, count: 1_000) + "EXEC\r\n"
    },
    Attempt("counters of names that are used once", "$8\r\nbackup_") {
      (0..<12_000).map { "SETSEQ c\($0).\r\nDEL c\($0).0\r\n" }.joined() + "LOCK backup\r\n"
    },
    Attempt("expressions that make each write slow", "-LIMIT the queries of this user") {
      (0..<2_000).map {
        framed("GET", "r'[aeiou][a-z.]{5}\($0)[0-9]'", "TRIGGER", "SET", "PERSIST")
      }.joined()
    },
    Attempt("many triggers for one name", "-LIMIT the queries of this user") {
      String(repeating: "GET one TRIGGER SET PERSIST\r\n", count: 10_100)
    },
    Attempt("a record of many attributes", "-TOOBIG") {
      framed("SET", "a { " + (0..<5_000).map { "a\($0): 1" }.joined(separator: ", ") + " }")
    },
    Attempt("a pattern of a megabyte", "-TOOBIG") {
      framed("CONFIG", "GET", String(repeating: "*", count: 1_000_000))
    },
    Attempt("much help", "# ") { String(repeating: "INFO\r\nHELP\r\n", count: 200) },
  ]

  @Test(arguments: attempts)
  func requestIsRefusedOrDoneInPartsAndOthersAreServed(attempt: Attempt) async throws {
    let server = try await Octopusd()
    let other = try server.connect()
    try await other.ask(
      "MULTI\r\n" + (0..<3_000).map { "SET l_\($0) '{ n: \($0) }'\r\n" }.joined(), "+OK\r\n")
    try await other.receive(through: "+QUEUED\r\n")
    await other.send("EXEC\r\nECHO filled\r\n")
    try await other.receive(through: "\r\nfilled\r\n")
    let client = try server.connect()
    let requests = attempt.requests()
    async let sending: Void = client.send("HELLO 3\r\n" + requests + "ECHO the.end\r\n")
    try await other.ask("PING\r\n", "+PONG\r\n")
    let answer = try await client.receive(through: "\r\nthe.end\r\n")
    _ = await sending
    #expect(answer.contains(attempt.answer), "\(answer.prefix(300)) … \(answer.suffix(300))")
    try await other.ask(
      "SET after\r\nGET after\r\nDEL after\r\n", "+OK\r\n$8\r\nafter {}\r\n:1\r\n")
  }
}
