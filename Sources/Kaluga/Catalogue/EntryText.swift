// A catalogue's file as the texts of its entries, so that one that is broken spoils no other.

/// The text of one entry: from a line that begins with `[[driver]]` to the next such.
struct EntryText {
  /// Of its first line, from 1.
  let line: Int
  let text: String

  /// Cuts a file. What comes before the first entry is the first element; it should say nothing.
  static func cut(_ file: String) -> [EntryText] {
    var entries: [EntryText] = []
    var lines: [Substring] = []
    var start = 1
    func finish() {
      entries.append(EntryText(line: start, text: lines.joined(separator: "\n")))
    }
    let all = file.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in all.enumerated() {
      if line.drop(while: { $0 == " " || $0 == "\t" }).hasPrefix("[[driver]]") {
        finish()
        (lines, start) = ([], index + 1)
      }
      lines.append(line)
    }
    finish()
    return entries
  }

  /// The line of a key, or that of the entry.
  func line(of key: String) -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let place = lines.firstIndex { line in
      var rest = line.drop { $0 == " " || $0 == "\t" || $0 == "\"" || $0 == "[" }
      if rest.hasPrefix("driver.") { rest = rest.dropFirst(7) }
      guard rest.hasPrefix(key) else { return false }
      return " \t=\".]".contains(rest.dropFirst(key.count).first ?? "x")
    }
    return line + (place ?? 0)
  }
}
