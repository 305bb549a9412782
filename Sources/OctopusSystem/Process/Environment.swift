import Glibc

/// Environment variables: those of this process, or those that a test sets.
package struct Environment: Sendable {
  /// Nil: those of this process.
  private let variables: [String: String]?

  package static let process = Environment(variables: nil)

  package init(_ variables: [String: String]) { self.init(variables: variables) }

  private init(variables: [String: String]?) { self.variables = variables }

  /// A variable's value; nil if it is not set or empty.
  package subscript(_ name: String) -> String? {
    let value = variables.map { $0[name] } ?? getenv(name).map { String(cString: $0) }
    return value?.isEmpty == true ? nil : value
  }

  /// The directory that a variable names; nil if it names none with an absolute path.
  package func directory(_ name: String) -> String? {
    self[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
  }
}
