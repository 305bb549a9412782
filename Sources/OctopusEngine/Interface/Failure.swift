import OctopusRecords

/// An error of the world: a code and a sentence.
package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
  package var code: ErrorCode
  package var message: String

  package init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }

  package init(_ error: SyntaxError) {
    let code: ErrorCode =
      switch error.reason {
      case .malformed: .syntax
      case .needsName: .noName
      case .pattern: .badRegex
      case .tooLong: .tooBig
      }
    self.init(code, error.description)
  }

  package var description: String { "\(code.rawValue) \(message)" }
}
