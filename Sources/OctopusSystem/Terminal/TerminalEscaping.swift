// Active characters: a terminal obeys them, or they hide or reorder others. They are shown escaped.

extension Unicode.Scalar {
  /// Whether a terminal may do something other than show this character: control characters (C0 and
  /// C1), format characters (direction marks, overrides and isolates, characters without width),
  /// and separators of lines and paragraphs. The joiner and non-joiner are not active: some
  /// languages and emoji need them.
  var isActive: Bool {
    if (0x20..<0x7f).contains(value) { return false }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    case .format: return value != 0x200c && value != 0x200d
    default: return false
    }
  }

  /// The escape in a string of the record language.
  fileprivate var escape: String {
    switch self {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case "\0": "\\0"
    default: "\\u{\(String(value, radix: 16))}"
    }
  }
}

extension String {
  /// The text with active characters escaped as in the record language, so that a record's text
  /// stays a text of the same record.
  ///
  /// - Parameter layout: whether line feeds and tabs stay as they are.
  package func escaped(keepingLayout layout: Bool) -> String {
    let isKept: (Unicode.Scalar) -> Bool = { scalar in
      !scalar.isActive || layout && (scalar == "\n" || scalar == "\t")
    }
    if unicodeScalars.allSatisfy(isKept) { return self }
    var result = ""
    for scalar in unicodeScalars {
      if isKept(scalar) { result.unicodeScalars.append(scalar) } else { result += scalar.escape }
    }
    return result
  }
}
