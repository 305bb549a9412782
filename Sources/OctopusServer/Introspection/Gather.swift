import OctopusSystem

/// Collects one answer of each event loop.
private final class Answers<Answer: Sendable>: Sendable {
  private let answers = Mutex<[Answer]>([])

  /// All answers, for the call that adds the last one.
  func add(_ answer: Answer, of expected: Int) -> [Answer]? {
    answers.withLock { answers in
      answers.append(answer)
      return answers.count == expected ? answers : nil
    }
  }
}

extension LoopState {
  /// Asks every event loop (scatter, gather), and continues with all answers on this one.
  func gather<Answer: Sendable>(
    _ ask: @escaping @Sendable (LoopState) -> Answer,
    then continuation: @escaping @Sendable (LoopState, [Answer]) -> Void
  ) {
    guard context.loopCount > 1 else { return continuation(self, [ask(self)]) }
    let answers = Answers<Answer>()
    let (expected, asking) = (context.loopCount, index)
    for loop in context.loops {
      loop.submit { state in
        if let all = answers.add(ask(state), of: expected) {
          state.context.loops[asking].submit { continuation($0, all) }
        }
      }
    }
  }
}
