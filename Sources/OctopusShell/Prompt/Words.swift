/// Where a text stands in a record's syntax, or in JSON's: inside a string, inside braces.
// By scalars: a quote and an accent after it are one Character.
private struct Nesting {
  private var quote: Unicode.Scalar?
  private var isEscaped = false
  private var depth = 0

  var isOutside: Bool { quote == nil && depth == 0 }

  mutating func feed(_ character: Unicode.Scalar) {
    switch character {
    case _ where isEscaped: isEscaped = false
    case "\\" where quote != nil: isEscaped = true
    case quote: quote = nil
    case "'" where quote == nil, "\"" where quote == nil: quote = character
    case "{" where quote == nil: depth += 1
    case "}" where quote == nil: depth = max(0, depth - 1)
    default: break
    }
  }

  mutating func endQuote() { quote = nil }
}

/// The words of a line typed at the prompt: records need no quoting there, so blanks inside strings
/// and braces do not part words.
func words(of line: String) -> [String] {
  var nesting = Nesting()
  var words: [String] = []
  var word = ""
  for character in line.unicodeScalars {
    if nesting.isOutside, character == " " || character == "\t" {
      if !word.isEmpty { words.append(word) }
      word = ""
    } else {
      nesting.feed(character)
      word.unicodeScalars.append(character)
    }
  }
  return word.isEmpty ? words : words + [word]
}

/// Arguments of the command line with those inside braces joined: `_ { a: -1 }` are two, however
/// the shell has split them, and `-1` is no option. A command to run, after `--`, is left alone.
func bracesJoined(_ arguments: [String]) -> [String] {
  var joined: [String] = []
  var nesting = Nesting()
  let command = arguments.firstIndex(of: "--") ?? arguments.endIndex
  for argument in arguments[..<command] {
    if nesting.isOutside {
      joined.append(argument)
      nesting = Nesting()
    } else {
      joined[joined.count - 1] += " " + argument
    }
    for character in argument.unicodeScalars { nesting.feed(character) }
    // Braces may span arguments; a quote does not.
    nesting.endQuote()
  }
  return joined + arguments[command...]
}

/// Arguments put together to texts of queries: one that begins with a brace is the body of the name
/// before it.
func texts(of arguments: [String]) -> [String] {
  var texts: [String] = []
  for argument in arguments {
    if let last = texts.last, argument.utf8.first == UInt8(ascii: "{") {
      texts[texts.count - 1] = last + " " + argument
    } else {
      texts.append(argument)
    }
  }
  return texts
}
