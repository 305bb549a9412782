import ArgumentParser
import Octopus
import OctopusSystem

/// A message for standard error, and the exit status that goes with it.
struct CommandError: Error, Sendable {
  /// Lines, the first of which says it all.
  let text: String
  let status: ExitStatus

  init(_ text: String, _ status: ExitStatus) {
    self.text = text
    self.status = status
  }

  /// A text that cannot be read: what is wrong, and under the text a caret where.
  ///
  /// - Parameter place: the file and the line of the text.
  init(_ error: SyntaxError, in text: String, at place: String? = nil) {
    let kind =
      switch error.reason {
      case .malformed: "syntax error"
      case .needsName: "no name"
      case .pattern: "bad regular expression"
      case .tooLong: "too long"
      }
    self.init(
      (place.map { "\($0): " } ?? "") + "\(kind): \(error.message)\n"
        + error.excerpt(of: text).map { "  \($0)" }.joined(separator: "\n"), .badUsage)
  }

  init(_ error: any Error) {
    switch error {
    case let failure as CommandError: self = failure
    case let error as OctopusError: self.init(error)
    default: self.init("\(error)", .badUsage)
    }
  }

  /// The error for a lock or permit that was lost; nil if it was released instead.
  init?(loss: OctopusError?) {
    guard let loss else { return nil }
    self.init(loss)
  }

  private init(_ error: OctopusError) {
    if case .lost(let record) = error {
      self.init("\(nameText(record)) was deleted", .noServer)
      return
    }
    let status: ExitStatus =
      switch error {
      case .refused(.mismatch, _): .notFound
      case .refused(.gone, _): .noServer
      case .refused: .badUsage
      case .connectionLost, .lost, .noServer, .protocolViolation, .overflow: .noServer
      case .timeout: .timeLimit
      case .cancelled: .interrupted
      }
    self.init(error.description, status)
  }

  /// Writes the message to standard error.
  func show(in format: OutputOptions) {
    StandardStream.error.write(shown(in: format.color.isOn(for: .error)))
  }

  /// With the program's name first, as Unix programs have it.
  func shown(in colour: Bool) -> StyledText {
    let name: StyledText = "octopus:"
    return (colour ? Colour.error(name) : name) + StyledText(" " + text + "\n")
  }
}
