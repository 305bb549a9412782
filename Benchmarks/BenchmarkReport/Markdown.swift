// The little of Markdown that the document needs.

/// A table; the first column is text, the others are figures.
func table(_ heads: [String], _ rows: [[String]]) -> String {
  let rule = heads.indices.map { $0 == 0 ? "---" : "--:" }
  return ([heads, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }
    .joined(separator: "\n")
}

/// Drawings side by side, as far as the page is wide.
func images(_ files: [(file: String, title: String)], width: Int) -> String {
  let tags = files.map {
    "<img src=\"benchmarks/\($0.file)\" width=\"\(width)\" alt=\"\($0.title)\">"
  }
  return "<p>\n" + tags.joined(separator: "\n") + "\n</p>"
}

/// Text in lines of at most 100 columns where it has blanks; tables, drawings and code as they are.
func wrapped(_ part: String) -> String {
  guard !part.hasPrefix("|"), !part.hasPrefix("<"), !part.hasPrefix("```") else { return part }
  // A link or code is one word, here and in scripts/wrap.
  let word = /(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|\S)+/
  return part.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    let indent = line.hasPrefix("* ") ? "  " : ""
    var lines = [""]
    for word in line.matches(of: word).map(\.output) {
      if lines[lines.count - 1].count + word.count + 1 > 100 { lines.append(indent) }
      let last = lines[lines.count - 1]
      lines[lines.count - 1] += (last.isEmpty || last == indent ? "" : " ") + word
    }
    return lines.joined(separator: "\n")
  }.joined(separator: "\n")
}
