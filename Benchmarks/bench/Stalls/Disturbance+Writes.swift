import RESP

// Changes of many records, and of large ones.

extension Disturbance {
  static let writes = [
    Disturbance("transaction.sets", transaction: 10_000) { ["SET", "x_\($0)"] },
    Disturbance("transaction.sets.few", transaction: 3_000) { ["SET", "x_\($0) { a: 1 }"] },
    Disturbance("transaction.updates") { server in
      let client = try server.large()
      return { try client.transaction(3_000) { _ in addition } }
    },
    Disturbance("pipeline.updates") { server in
      let client = try server.large()
      return { try client.pipeline(400) { _ in addition } }
    },
    Disturbance("transaction.deletions", transaction: 9) { ["DEL", "r'^l_\($0 + 1)'", "ALL"] },
    Disturbance("transaction.undone") { server in
      let client = try server.indexed()
      return {
        try client.transaction(6) {
          $0 < 5 ? ["DEL", "r'^l_20\($0)'", "ALL"] : ["SET", "l_1 { i == -1 }"]
        }
      }
    },
    Disturbance("deletion", isRepeatable: false) { server in
      let client = try server.indexed()
      return { try client.answer(["DEL", "r'^l_1'", "ALL"]) }
    },
    Disturbance("load", isRepeatable: false) { server in
      let client = try server.client()
      return { try client.pipeline(server.records) { ["SET", "more_\($0) { i: \($0) }"] } }
    },
    Disturbance("load.deletion", isRepeatable: false) { server in
      let client = try server.client()
      return { try client.answer(["DEL", "r'^more_'", "ALL"]) }
    },
    Disturbance("end", isRepeatable: false) { server in
      let client = try server.client()
      try client.load(server.records) { ["SET", "own_\($0)", "TRANSIENT"] }
      return { try server.end(client) }
    },
    Disturbance("end.observed", isRepeatable: false) { server in
      let client = try server.indexed()
      let observer = try server.client()
      try observer.ask("OBSERVE", "r'^own_'")
      observer.discard()
      try client.load(server.records) {
        ["SET", "own_\($0) { i: \($0), v: \($0 % 97) }", "TRANSIENT"]
      }
      return { try server.end(client) }
    },
    Disturbance("end.many", isRepeatable: false) { server in
      let clients = try (0..<200).map { _ in try server.client() }
      for (number, client) in clients.enumerated() {
        try client.load(server.count(2_000)) { ["SET", "own_\(number)_\($0)", "TRANSIENT"] }
      }
      return {
        for client in clients { client.wire.end() }
        try server.awaitEnd(of: "transient_records")
        return .integer(0)
      }
    },
    Disturbance("counters", isRepeatable: false) { server in
      let client = try server.client()
      return {
        try client.pipeline(server.count(200_000)) {
          $0 % 2 == 0 ? ["SETSEQ", "c\($0 / 2)."] : ["DEL", "c\($0 / 2).0"]
        }
      }
    },
  ]

  private static let addition = ["UPDATE", "large {}", "ADD", "n", "1"]
}

extension LoadedServer {
  /// A client with a record of nearly a mebibyte.
  fileprivate func large() throws -> Client {
    let client = try client()
    try client.ask("SET", "large { n: 0, t: '\(String(repeating: "x", count: 1_000_000))' }")
    return client
  }

  /// A client that has used all attributes in queries.
  fileprivate func indexed() throws -> Client {
    let client = try client()
    for query in ["i: 1", "v: 1, i: 1", "t: 'text 1'", "f: 1.5"] {
      try client.ask("GET", "_ { \(query) }")
    }
    return client
  }

  /// Ends the session of a client with transient records.
  fileprivate func end(_ client: Client) throws -> RESPValue {
    client.wire.end()
    try awaitEnd(of: "transient_records")
    return .integer(0)
  }
}
