import ArgumentParser
import Octopus
import OctopusSystem

/// Something that a person is told on standard error, and the exit status that goes with it.
struct Complaint: Error, Sendable {
  /// Lines, the first of which says it all.
  let text: String
  let status: ExitStatus

  init(_ text: String, _ status: ExitStatus) {
    self.text = text
    self.status = status
  }

  /// A text that cannot be read: what is wrong, and under the text a caret where.
  init(_ error: SyntaxError, in text: String) {
    let kind =
      switch error.reason {
      case .malformed: "syntax error"
      case .needsName: "no name"
      case .pattern: "bad regular expression"
      case .tooLong: "too long"
      }
    self.init(
      "\(kind): \(error.message)\n"
        + error.excerpt(of: text).map { "  \($0)" }.joined(separator: "\n"), .badUsage)
  }

  init(_ error: any Error) {
    switch error {
    case let complaint as Complaint: self = complaint
    case let error as OctopusError: self.init(error)
    default: self.init("\(error)", .badUsage)
    }
  }

  /// What was held is lost; nil: it is not, it was released.
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

  /// Tells whoever reads standard error.
  func show(in form: OutputOptions) {
    StandardStream.error.write(shown(in: form.color.isOn(for: .error)))
  }

  /// With the program's name, as Unix programs say who speaks.
  func shown(in colour: Bool) -> StyledText {
    let name: StyledText = "octopus:"
    return (colour ? Colour.error(name) : name) + StyledText(" " + text + "\n")
  }
}
