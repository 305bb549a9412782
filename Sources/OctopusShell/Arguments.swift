import ArgumentParser
import Octopus

// Records and queries out of a command's arguments: one word of the shell, or several.

func query(_ arguments: [String]) throws(CommandError) -> Query {
  try read(arguments.joined(separator: " ")) { (text) throws(SyntaxError) in
    try Query(parsing: text)
  }
}

func queries(_ arguments: [String]) throws(CommandError) -> [Query] {
  var queries: [Query] = []
  for text in texts(of: arguments) { queries.append(try query([text])) }
  return queries
}

func record(_ arguments: [String]) throws(CommandError) -> Record {
  try read(arguments.joined(separator: " ")) { (text) throws(SyntaxError) in
    try Record(parsing: text)
  }
}

func write(_ arguments: [String]) throws(CommandError) -> Write {
  try read(arguments.joined(separator: " ")) { (text) throws(SyntaxError) in
    try Write(parsing: text)
  }
}

/// A name as it is, or in quotes as text has it.
func plainName(_ text: String) throws(CommandError) -> String {
  // A byte: a quote and an accent after it are one Character.
  text.utf8.first == UInt8(ascii: "'") ? try record([text]).name : text
}

/// An attribute's name as it is, or in quotes as text has it.
func attributeName(_ text: String) throws -> String {
  do { return try plainName(text) } catch {
    throw ValidationError("\(text) is no attribute's name: \(error.text)")
  }
}

private func read<Result>(
  _ text: String, _ parse: (String) throws(SyntaxError) -> Result
) throws(CommandError) -> Result {
  do throws(SyntaxError) {
    return try parse(text)
  } catch {
    throw CommandError(error, in: text)
  }
}
