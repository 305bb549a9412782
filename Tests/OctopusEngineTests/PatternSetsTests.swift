import OctopusRecords
import Testing

@testable import OctopusEngine

/// Compiling regular expressions into sets changes nothing that anybody can see.
@Suite struct PatternSetsTests {
  @Test func answersAreTheSameWithAndWithoutSets() throws {
    let plain = try replies(compiling: false)
    let compiled = try replies(compiling: true)
    #expect(plain == compiled)
    #expect(plain.contains { $0.contains("integer(1)") }, "somebody heard")
  }

  /// 300 subscriptions and triggers by regular expression, then records that some of them match.
  private func replies(compiling: Bool) throws -> [String] {
    var engine = Engine()
    var effects: [Effect] = []
    var rounds = 0
    engine.step(.opened(1, Principal()), now: 0, into: &effects)
    func run(_ operation: Operation) {
      engine.step(.request(1, 1, Command(operation)), now: 0, into: &effects)
      while compiling, let work = engine.takePatternWork() {
        rounds += 1
        engine.install(work.run())
      }
    }
    for number in 0..<300 {
      let query = try Query(parsing: "r'x\(number)$' { text: r'y\(number % 7)' }")
      run(.subscribe([(query.text, query)]))
      run(.observe(query))
    }
    for number in 0..<400 {
      run(.publish(try Record(parsing: "x\(number) { text: 'y\(number % 10)' }")))
      run(.set(try Write(parsing: "ax\(number) { text: y\(number % 5) }"), SetOptions()))
    }
    #expect(compiling == (rounds > 0))
    #expect(!compiling || !engine.hasPatternWork)
    return effects.map { "\($0)" }
  }
}
