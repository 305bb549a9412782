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
