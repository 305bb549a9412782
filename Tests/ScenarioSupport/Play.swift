import RESP

/// Plays a scenario on a stage and writes down what everyone hears.
package struct Play {
  private let stage: any Stage
  /// In the order of their appearance.
  private var clients: [String] = []
  /// How many requests of each client are not answered.
  private var unanswered: [String: Int] = [:]

  private init(_ stage: any Stage) { self.stage = stage }

  /// The same scenario, with the outputs as they were on this stage.
  package static func perform(_ scenario: Scenario, on stage: any Stage) throws -> Scenario {
    var play = Play(stage)
    var result = scenario
    let steps = scenario.steps
    var number = 0
    for place in result.parts.indices {
      guard case .step(var step) = result.parts[place] else { continue }
      number += 1
      step.output = try play.perform(step, before: number < steps.count ? steps[number] : nil)
      result.parts[place] = .step(step)
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
      try stage.send(Self.request(line), from: client)
      let isAnsweredByPushes = line.prefix { $0 != " " }.uppercased().hasSuffix("SUBSCRIBE")
      if !isAnsweredByPushes { unanswered[client] = older + 1 }
      if case .passes? = next?.action, !stage.hasManualClock {
        // Time may have passed already: what comes of that is looked at after the next step.
        guard step.output == ["(waits)"] else {
          throw StageFailure(description: "before time passes a step can only wait: \(line)")
        }
        return step.output
      }
      return try listen(to: client, older: older)
    case .leaves(let client):
      try stage.leave(client)
      unanswered[client] = nil
      clients.removeAll { $0 == client }
      return try listen()
    case .passes(let milliseconds):
      let names = step.output.compactMap { $0.firstMatch(of: #/^([a-z]+)[<!] /#)?.1 }
      let awaited = Dictionary(names.map { (String($0), 1) }, uniquingKeysWith: +)
      try stage.pass(milliseconds: milliseconds, until: awaited)
      return try listen()
    }
  }

  /// What everyone hears: whoever acts first, then the others.
  private mutating func listen(to actor: String? = nil, older: Int = 0) throws -> [String] {
    let received = try stage.received()
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

  /// Reads a line as redis-cli does: words, or strings in quotes. In them `<9*a>` is nine letters a.
  private static func request(_ line: String) throws -> Request {
    var decoder = RequestDecoder()
    let request = try Array((line + "\r\n").utf8).withUnsafeBytes { bytes in
      var rest = bytes
      return try decoder.next(&rest)
    }
    guard let request else { throw StageFailure(description: "not a command: \(line)") }
    return Request(request.map { Self.expanded(String(decoding: $0, as: UTF8.self)).utf8 })
  }

  private static func expanded(_ argument: String) -> String {
    argument.replacing(/<([0-9]+)\*([a-z])>/) { match in
      String(repeating: String(match.2), count: Int(match.1) ?? 0)
    }
  }
}
