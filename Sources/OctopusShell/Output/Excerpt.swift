import Octopus

extension SyntaxError {
  /// The line of `text` that holds the error, and under it a caret; of a long line, the part around
  /// the error.
  func excerpt(of text: String, columns: Int = 72) -> [String] {
    let lines = caret(in: text).split(separator: "\n", omittingEmptySubsequences: false)
    let line = Array(lines[0])
    // The caret is the last of its line.
    let place = lines[1].count - 1
    guard line.count > columns else { return lines.map(String.init) }
    let start = max(0, min(place - columns / 2, line.count - columns))
    let end = min(line.count, start + columns)
    let (before, after) = (start > 0 ? "…" : "", end < line.count ? "…" : "")
    return [
      before + String(line[start..<end]) + after,
      String(repeating: " ", count: before.count + place - start) + "^",
    ]
  }
}
