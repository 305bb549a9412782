import OctopusSystem

/// Asks every event loop something, and goes on with all answers on the loop that asked.
private final class Survey<Answer: Sendable>: Sendable {
  private let answers = Mutex<[Answer]>([])

  /// All answers, once the last is there.
  func add(_ answer: Answer, of expected: Int) -> [Answer]? {
    answers.withLock { answers in
      answers.append(answer)
      return answers.count == expected ? answers : nil
    }
  }
}

extension Loop {
  func survey<Answer: Sendable>(
    _ ask: @escaping @Sendable (Loop) -> Answer,
    then conclude: @escaping @Sendable (Loop, [Answer]) -> Void
  ) {
    let loops = hub.loops.count
    guard loops > 1 else { return conclude(self, [ask(self)]) }
    let survey = Survey<Answer>()
    let origin = index
    for target in 0..<loops {
      hub.loops[target].post { loop in
        if let all = survey.add(ask(loop), of: loops) {
          loop.hub.loops[origin].post { conclude($0, all) }
        }
      }
    }
  }
}
