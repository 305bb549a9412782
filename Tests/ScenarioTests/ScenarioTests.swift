import Foundation
import ScenarioSupport
import Testing

/// Every script of Tests/Scenarios prints the same on three backends.
///
/// With `OCTOPUS_SCENARIOS=write` in the environment the scripts are given the outputs of the
/// engine.
@Suite struct ScenarioTests {
  @Test(arguments: try Scenario.all())
  func engineGivesTheOutputOfTheScript(scenario: Scenario) throws {
    let backend = EngineBackend(memoryLimit: scenario.memoryLimit)
    let result = try ScenarioRunner.run(scenario, against: backend)
    if ProcessInfo.processInfo.environment["OCTOPUS_SCENARIOS"] == "write" {
      try result.write()
    } else {
      compare(result, scenario)
    }
  }

  @Test(arguments: try Scenario.all())
  func embeddedEngineGivesTheOutputOfTheScript(scenario: Scenario) throws {
    let backend = EmbeddedBackend(memoryLimit: scenario.memoryLimit)
    compare(try ScenarioRunner.run(scenario, against: backend), scenario)
  }

  @Test(arguments: try Scenario.all())
  func serverGivesTheOutputOfTheScript(scenario: Scenario) async throws {
    let backend = try ServerBackend(memoryLimit: scenario.memoryLimit)
    let result = Result { try ScenarioRunner.run(scenario, against: backend) }
    await backend.close()
    compare(try result.get(), scenario)
  }

  @Test func eachScenarioSaysWhatItGuardsAgainst() throws {
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

  private func compare(_ result: Scenario, _ scenario: Scenario) {
    for (got, expected) in zip(result.steps, scenario.steps) where got.output != expected.output {
      let lines = got.output.joined(separator: "\n")
      Issue.record("\(scenario.name): after\n\(got.line)\ncame\n\(lines)")
      return
    }
  }
}

extension Scenario: CustomTestStringConvertible {
  public var testDescription: String { name }
}
