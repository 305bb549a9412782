/// An argument, in the words of Redis's COMMAND DOCS, from which clients make their hints.
package struct ArgumentSpec: Sendable {
  package indirect enum Kind: Sendable {
    case string, integer, double, pattern
    /// Only its token.
    case pureToken
    case oneOf([ArgumentSpec])
    case block([ArgumentSpec])
  }

  package let name: String
  package let kind: Kind
  /// The word that stands before it.
  package let token: String?
  package private(set) var isOptional = false
  package private(set) var isMultiple = false
  /// Whether the token is repeated with each.
  package private(set) var repeatsToken = false

  init(_ name: String, _ kind: Kind = .string, token: String? = nil) {
    self.name = name
    self.kind = kind
    self.token = token
  }

  /// What it is made of.
  package var parts: [ArgumentSpec] {
    switch kind {
    case .oneOf(let parts), .block(let parts): parts
    default: []
    }
  }

  var optional: Self {
    var copy = self
    copy.isOptional = true
    return copy
  }

  var multiple: Self {
    var copy = self
    copy.isMultiple = true
    return copy
  }

  /// Any number of it, each with its token.
  var repeated: Self {
    var copy = multiple
    copy.repeatsToken = true
    return copy
  }
}

// The arguments that many commands share.
extension ArgumentSpec {
  static func word(_ token: String) -> Self {
    Self(token.lowercased(), .pureToken, token: token)
  }

  static func choice(_ name: String, token: String? = nil, _ words: String...) -> Self {
    Self(name, .oneOf(words.map(word)), token: token)
  }

  static let query = Self("query")
  static let body = Self("body").optional
  static let queries = Self("queries", .block([query, body])).multiple
  static let record = Self("record")
  static let rev = word("REV").optional
  static let limit = Self("count", .integer, token: "LIMIT").optional
  static let after = Self("name", token: "AFTER").optional
  static let cursor = word("CURSOR").optional
  static let ifRevision = Self("revision", .integer, token: "IF").optional
  static let transient = word("TRANSIENT").optional
  static let returns = word("RETURN").optional
  static let trigger =
    Self(
      "trigger",
      .block([
        choice("kind", "SET", "DEL", "OUT", "ANY").multiple,
        word("PERSIST").optional,
        choice("when", token: "WHEN", "FOUND", "MISSING", "ALWAYS").optional,
      ]), token: "TRIGGER"
    ).optional
}

extension ArgumentSpec: CustomStringConvertible {
  /// As a syntax line has it: `[TIMEOUT milliseconds]`.
  package var description: String {
    let once = [token, content].compactMap { $0 }.joined(separator: " ")
    var text = once
    if isMultiple {
      let again = repeatsToken ? once : content ?? once
      text += " [\(again) ...]"
    }
    return isOptional ? "[\(text)]" : text
  }

  private var content: String? {
    switch kind {
    case .pureToken: nil
    case .oneOf(let parts):
      (isOptional && token == nil)
        ? parts.map(\.description).joined(separator: " | ")
        : "<" + parts.map(\.description).joined(separator: " | ") + ">"
    case .block(let parts): parts.map(\.description).joined(separator: " ")
    default: name
    }
  }
}
