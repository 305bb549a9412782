import ArgumentParser

/// Completions of the word before the cursor: commands first on the line, then,
/// outside braces, names of records.
struct Completion {
  /// The commands that the prompt itself has.
  static let own = ["help", "stop", "exit"]

  /// Names in text form, of records whose names begin so.
  let names: (_ prefix: String) -> [String]

  func candidates(_ text: String) -> [String] {
    let words = words(of: text)
    guard let command = words.first, words.count > 1 || text.last?.isWhitespace == true else {
      return OctopusCommand.commandNames + Self.own
    }
    guard OctopusCommand.commandNames.contains(command) else { return [] }
    let word = text.last?.isWhitespace == true ? "" : words.last!
    guard !word.hasPrefix("{"), !word.hasPrefix("-") else { return [] }
    let isQuoted = word.utf8.first == UInt8(ascii: "'")
    return names(isQuoted ? String(word.unicodeScalars.dropFirst()) : word)
  }
}
