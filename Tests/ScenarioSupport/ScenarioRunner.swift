import RESP

/// Runs a scenario against a backend, and records what each client receives.
package struct ScenarioRunner {
  private let backend: any Backend
  /// In the order of their appearance.
  private var clients: [String] = []
  /// How many requests of each client are not answered.
  private var unanswered: [String: Int] = [:]

  private init(_ backend: any Backend) { self.backend = backend }

  /// The same scenario, with the output as this backend gave it.
  package static func run(_ scenario: Scenario, against backend: any Backend) throws -> Scenario {
    var runner = ScenarioRunner(backend)
    var result = scenario
    let steps = scenario.steps
    var number = 0
    for index in result.parts.indices {
      guard case .step(var step) = result.parts[index] else { continue }
      number += 1
      step.output = try runner.perform(step, before: number < steps.count ? steps[number] : nil)
      result.parts[index] = .step(step)
    }
    return result
  }

  private mutating func perform(
    _ step: Scenario.Step, before next: Scenario.Step?
  ) throws -> [String] {
    switch step.action {
    case .says(let client, let line):
      if !clients.contains(client) { clients.append(client) }
      let older = unanswered[client] ?? 0
      try backend.send(Self.request(line), from: client)
      let isAnsweredByPushes = line.prefix { $0 != " " }.uppercased().hasSuffix("SUBSCRIBE")
      if !isAnsweredByPushes { unanswered[client] = older + 1 }
      if case .passes? = next?.action, !backend.hasManualClock {
        // Time may have passed already: its effects are read after the next step.
        guard step.output == ["(waits)"] else {
          throw BackendFailure(description: "before time passes a step can only wait: \(line)")
        }
        return step.output
      }
      return try receive(to: client, older: older)
    case .leaves(let client):
      try backend.disconnect(client)
      unanswered[client] = nil
      clients.removeAll { $0 == client }
      return try receive()
    case .passes(let milliseconds):
      let names = step.output.compactMap { $0.firstMatch(of: #/^([a-z]+)[<!] /#)?.1 }
      let expected = Dictionary(names.map { (String($0), 1) }, uniquingKeysWith: +)
      try backend.advance(milliseconds: milliseconds, until: expected)
      return try receive()
    }
  }

  /// What each client receives: first the one that acted, then the others.
  private mutating func receive(to actor: String? = nil, older: Int = 0) throws -> [String] {
    let received = try backend.received()
    var lines: [String] = []
    for client in clients.filter({ $0 == actor }) + clients.filter({ $0 != actor }) {
      var replies = 0
      for value in received[client] ?? [] {
        if case .push = value {
          lines.append("\(client)! \(value.notation)")
        } else {
          let isOwn = client == actor && replies >= older
          lines.append(isOwn ? value.notation : "\(client)< \(value.notation)")
          replies += 1
        }
      }
      unanswered[client] = max(0, (unanswered[client] ?? 0) - replies)
      if client == actor, unanswered[client] ?? 0 > 0 { lines.append("(waits)") }
    }
    return lines
  }

  /// Reads a line as redis-cli does: words, or strings in quotes. In them `<9*a>` is nine letters
  /// a.
  package static func request(_ line: String) throws -> Request {
    var decoder = RequestDecoder()
    let request = try Array((line + "\r\n").utf8).withUnsafeBytes { bytes in
      var rest = bytes
      return try decoder.next(&rest)
    }
    guard let request else { throw BackendFailure(description: "not a command: \(line)") }
    return Request(request.map { Self.expanded(String(decoding: $0, as: UTF8.self)).utf8 })
  }

  private static func expanded(_ argument: String) -> String {
    argument.replacing(/<([0-9]+)\*([a-z])>/) { match in
      String(repeating: String(match.2), count: Int(match.1) ?? 0)
    }
  }
}
