// Characters that a terminal obeys, or that hide or turn around others, and how they are shown instead.

extension Unicode.Scalar {
  /// Whether a terminal that is sent this may do something else than show it: the controls of ASCII and those of
  /// U+0080 to U+009F, all that is there to format text (marks, overrides and isolates of direction, what has no
  /// width), and separators of lines and paragraphs. Not those that join letters and emoji or keep letters apart:
  /// without them some languages are misspelt.
  var isActive: Bool {
    if (0x20..<0x7f).contains(value) { return false }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    case .format: return value != 0x200c && value != 0x200d
    default: return false
    }
  }

  /// As a string of the record language has it.
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
  /// The text with active characters written as escapes of the record language: of a record's text, another text of
  /// the same record.
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
