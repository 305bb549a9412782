// Converts the kernel's modules.alias to entries of a catalogue.
import OctopusSystem

/// A modules.alias, for `kaluga import`: an entry for each module, with all its aliases. As with
/// kmod, every module that matches a device is loaded for it.
package struct ModulesAlias {
  /// A line that is neither empty, nor a comment, nor an alias.
  package struct Problem: Hashable, Sendable {
    /// From 1.
    package var line: Int
    package var message: String
  }

  package private(set) var problems: [Problem] = []
  private var modules: [String] = []
  /// Patterns by module.
  private var aliases: [ByteString: [String]] = [:]

  /// Reads a file: lines `alias PATTERN MODULE`, which may end in CR LF. A pattern may have blanks
  /// in it.
  package init(_ file: ByteString) {
    let lines = file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if let message = read(line) { problems.append(Problem(line: index + 1, message: message)) }
    }
  }

  /// Reads a line. Returns what is wrong with it; nil if nothing is.
  private mutating func read(_ line: ArraySlice<UInt8>) -> String? {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
    let words = line.split(whereSeparator: isBlank)
    guard let first = words.first, first.first != UInt8(ascii: "#") else { return nil }
    guard first.elementsEqual("alias".utf8) else { return "the line does not begin with 'alias'" }
    guard words.count > 2, let last = words.last else {
      return "an alias needs a pattern and a module"
    }
    let pattern = line[words[1].startIndex..<words[words.count - 2].endIndex]
    guard !line.contains(0), let module = String(validating: last, as: UTF8.self),
      let alias = String(validating: pattern, as: UTF8.self)
    else { return "it is not UTF-8" }
    if aliases[ByteString(last)] == nil { modules.append(module) }
    aliases[ByteString(last), default: []].append(alias)
    return nil
  }

  /// The catalogue's text.
  ///
  /// - Parameter exec: the program and its arguments; `{module}` in them is the module's name.
  package func catalogue(exec: [String]) -> String {
    var result = "# Made by kaluga import. Another import replaces it.\n"
    for module in modules {
      let arguments = exec.map { argument in
        Self.quoted(
          Self.escapedBraces(argument)
            .replacing("{{module}}", with: Self.escapedBraces(module)))
      }
      result += "\n[[driver]]\nname      = \(Self.quoted(module))\n"
      result += "modalias  = [\n"
      for alias in aliases[ByteString(module)] ?? [] { result += "  \(Self.quoted(alias)),\n" }
      result += "]\nexec      = [\(arguments.joined(separator: ", "))]\n"
      result += "shadows   = false\ninstances = \"one\"\nrestart   = \"never\"\n"
    }
    return result
  }

  /// A text in which no brace begins a placeholder.
  private static func escapedBraces(_ text: String) -> String {
    text.replacing("{", with: "{{").replacing("}", with: "}}")
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
