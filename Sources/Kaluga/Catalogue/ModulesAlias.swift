// The kernel's modules.alias as entries of a catalogue.

/// What `kaluga import` writes: an entry for each module, with all its aliases.
package enum ModulesAlias {
  /// - Parameter exec: the program and its arguments; `{module}` in them is the module's name.
  package static func catalogue(
    from text: String, exec: [String], priority: Int
  ) -> String {
    var order: [Substring] = []
    var aliases: [Substring: [Substring]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      guard words.count == 3, words[0] == "alias" else { continue }
      if aliases[words[2]] == nil { order.append(words[2]) }
      aliases[words[2], default: []].append(words[1])
    }
    var result = "# Made by kaluga import. Another import replaces it.\n"
    for module in order {
      let arguments = exec.map { argument in
        quoted(escapedBraces(argument).replacing("{{module}}", with: String(module)))
      }
      result += "\n[[driver]]\nname      = \(quoted(String(module)))\n"
      result += "modalias  = [\n"
      for alias in aliases[module]! { result += "  \(quoted(String(alias))),\n" }
      result += "]\nexec      = [\(arguments.joined(separator: ", "))]\n"
      result += "priority  = \(priority)\ninstances = \"one\"\nrestart   = \"never\"\n"
    }
    return result
  }

  /// With braces that stand for themselves.
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
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
