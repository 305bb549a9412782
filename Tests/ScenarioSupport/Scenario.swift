import Foundation

/// A story of several clients: what each says, and everything that everyone hears because of it.
///
/// Tests/Scenarios/README.md explains the notation.
package struct Scenario: Sendable {
  package enum Action: Sendable, Hashable {
    /// `alice> GET lock`
    case says(String, String)
    /// `alice leaves`
    case leaves(String)
    /// `10 ms pass`
    case passes(milliseconds: Int64)
  }

  package struct Step: Sendable {
    package var action: Action
    package var line: String
    /// The replies and pushes, one per line.
    package var output: [String] = []
  }

  package enum Part: Sendable {
    /// A line of prose, a remark, or a blank one.
    case text(String)
    case step(Step)
  }

  package var name: String
  package var parts: [Part]

  package init(name: String, text: String) {
    self.name = name
    parts = []
    var isOutput = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let action = Action(line) {
        parts.append(.step(Step(action: action, line: line)))
        isOutput = true
      } else if isOutput, !line.isEmpty, !line.hasPrefix("#"),
        case .step(var step)? = parts.popLast()
      {
        step.output.append(line)
        parts.append(.step(step))
      } else {
        parts.append(.text(line))
        isOutput = false
      }
    }
  }

  package var text: String {
    let lines = parts.flatMap { part in
      switch part {
      case .text(let line): [line]
      case .step(let step): [step.line] + step.output
      }
    }
    return lines.joined(separator: "\n")
  }

  /// What a line `Memory limit: 1000` says, in bytes.
  package var memoryLimit: Int? {
    text.firstMatch(of: /(?m)^Memory limit: ([0-9]+)$/).flatMap { Int($0.1) }
  }

  package var steps: [Step] {
    parts.compactMap { if case .step(let step) = $0 { step } else { nil } }
  }
}

extension Scenario.Action {
  fileprivate init?(_ line: String) {
    if let match = line.wholeMatch(of: /([a-z]+)> (.+)/) {
      self = .says(String(match.1), String(match.2))
    } else if let match = line.wholeMatch(of: /([a-z]+) leaves/) {
      self = .leaves(String(match.1))
    } else if let match = line.wholeMatch(of: /([0-9]+) ms pass/), let time = Int64(match.1) {
      self = .passes(milliseconds: time)
    } else {
      return nil
    }
  }
}

extension Scenario {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Scenarios")

  /// All scripts, by name.
  package static func all() throws -> [Scenario] {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: [])
    return try files.filter { $0.pathExtension == "txt" }
      .sorted { $0.path < $1.path }
      .map { file in
        Scenario(
          name: file.deletingPathExtension().lastPathComponent,
          text: try String(contentsOf: file, encoding: .utf8))
      }
  }

  /// Writes the script back, with the outputs that it has now.
  package func write() throws {
    let file = Self.folder.appending(path: name + ".txt")
    try text.write(to: file, atomically: true, encoding: .utf8)
  }
}
