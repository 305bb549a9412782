import Generators

// Reads of the records, and requests that cost something before anything is read.

extension Disturbance {
  static let queries = [
    Disturbance("first.integer", isRepeatable: false, "COUNT", "_ { i >= 5000, i < 5010 }"),
    Disturbance("first.few", isRepeatable: false, "COUNT", "_ { v: 5 }"),
    Disturbance("first.text", isRepeatable: false, "GET", "_ { t: 'text 77' }"),
    Disturbance("unanchored", "COUNT", "r'7777$'"),
    Disturbance("unanchored.pages") { server in
      let client = try server.client()
      return { try client.pages("COUNT", "r'7777$'") }
    },
    Disturbance("names", "NAMES", "r'.'"),
    Disturbance("names.pages") { server in
      let client = try server.client()
      return { try client.pages("NAMES", "r'.'") }
    },
    Disturbance("all", "FIND", "_"),
    Disturbance("all.pages") { server in
      let client = try server.client()
      return { try client.pages("FIND", "_") }
    },
    Disturbance("sorted", "FIND", "_ { f >= 0 }"),
    Disturbance("sorted.few", "FIND", "_ { i >= 1000, i < 8000 }"),
    Disturbance("explain", "EXPLAIN", "r'7' { f >= 0 }"),
    Disturbance("constraints", "COUNT", "_ { \(constraints(500)) }"),
    Disturbance("constraints.most", "COUNT", "_ { \(constraints(5_000)) }"),
    Disturbance("regex.names", "COUNT", "r'((([a-z_0-9]?){20}){20})x$'"),
    Disturbance("regex.names.allowed", "COUNT", "r'(l|_)*_([0-9_l]){8}$'"),
    texts("regex.texts", of: 65_000, "_ { t: r'((([ab]?){20}){20})c$' }"),
    texts("regex.texts.allowed", of: 8_000, "r'^long_' { t: r'(a|b)*a(a|b){12}[cd]' }"),
    Disturbance("pipeline.counts", isRepeatable: false, commands: 1_000) { _ in ["COUNT", "r'q'"] },
    Disturbance("pipeline.regexes", commands: 30) { _ in ["COUNT", "a { \(classes(32)) }"] },
    Disturbance("pipeline.regexes.allowed", commands: 1_000) {
      ["COUNT", "a { a: r'\\pL\($0)' }"]
    },
    Disturbance("transaction.regexes", transaction: 120) { _ in ["COUNT", "a { \(classes(32)) }"] },
    Disturbance("transaction.gets", transaction: 10_000) { ["GET", "l_\($0)"] },
    Disturbance("transaction.finds", transaction: 10_000) { _ in ["FIND", "_", "LIMIT", "100"] },
    Disturbance("transaction.names", transaction: 1_000) { _ in
      ["EXISTS"] + [String](repeating: "a", count: 1_000)
    },
  ]

  /// Conditions that nearly every record meets.
  private static func constraints(_ count: Int) -> String {
    (1...count).map { "i != -\($0)" }.joined(separator: ", ")
  }

  /// Expressions that take long to compile.
  private static func classes(_ count: Int) -> String {
    (0..<count).map { "a\($0): r'\\pL{12}\($0)'" }.joined(separator: ", ")
  }

  /// A query among 40 records with long texts.
  private static func texts(_ name: String, of length: Int, _ query: String) -> Disturbance {
    Disturbance(name) { server in
      let client = try server.client()
      let text = Random.letters(length)
      try client.load(40) { ["SET", "long_\($0) { t: '\(text)' }"] }
      return { try client.answer(["COUNT", query]) }
    }
  }
}
