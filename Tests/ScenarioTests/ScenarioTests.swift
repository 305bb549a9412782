import Foundation
import ScenarioSupport
import Testing

/// Every script of Tests/Scenarios, with the same output on the engine alone and on a real server.
///
/// With `OCTOPUS_SCENARIOS=write` in the environment the scripts are given the outputs of the engine.
@Suite struct ScenarioTests {
  @Test(arguments: try Scenario.all())
  func playsOnTheEngineAlone(scenario: Scenario) throws {
    let played = try Play.perform(scenario, on: EngineStage(memoryLimit: scenario.memoryLimit))
    if ProcessInfo.processInfo.environment["OCTOPUS_SCENARIOS"] == "write" {
      try played.write()
    } else {
      compare(played, scenario)
    }
  }

  @Test(arguments: try Scenario.all())
  func playsOnARealServer(scenario: Scenario) async throws {
    let stage = try ServerStage(memoryLimit: scenario.memoryLimit)
    let played = Result { try Play.perform(scenario, on: stage) }
    await stage.close()
    compare(try played.get(), scenario)
  }

  @Test func thereAreScenarios() throws {
    let scenarios = try Scenario.all()
    #expect(scenarios.count >= 20)
    for scenario in scenarios {
      guard case .text(let title)? = scenario.parts.first else {
        Issue.record("\(scenario.name) does not say what it guards against")
        continue
      }
      #expect(title.count > 20, "\(scenario.name) does not say what it guards against")
      #expect(scenario.steps.count > 2)
    }
  }

  private func compare(_ played: Scenario, _ scenario: Scenario) {
    for (got, expected) in zip(played.steps, scenario.steps) where got.output != expected.output {
      let lines = got.output.joined(separator: "\n")
      Issue.record("\(scenario.name): after\n\(got.line)\ncame\n\(lines)")
      return
    }
  }
}

extension Scenario: CustomTestStringConvertible {
  public var testDescription: String { name }
}
