import Octopus
import OctopusSystem

extension SyntaxError {
  /// The line of `text` that holds the error, and under it a caret; of a long line, the part around
  /// the error.
  func excerpt(of text: String, columns: Int = 72) -> [String] {
    let shown = caret(in: text)
    // Bytes: with a carriage return before it, a line feed is no letter of its own.
    let end = shown.utf8.lastIndex(of: 0x0a) ?? shown.startIndex
    // The caret is the last of its line. An escape takes more room than the character that it
    // shows.
    let column = shown[shown.utf8.index(after: end)...].count - 1
    let head = String(shown[..<end].prefix(column)).escaped(keepingLayout: false)
    let tail = String(shown[..<end].dropFirst(column)).escaped(keepingLayout: false)
    let (line, position) = (Array(head + tail), head.count)
    let start = max(0, min(position - columns / 2, line.count - columns))
    let stop = min(line.count, start + columns)
    let (before, after) = (start > 0 ? "…" : "", stop < line.count ? "…" : "")
    return [
      before + String(line[start..<stop]) + after,
      String(repeating: " ", count: before.count + position - start) + "^",
    ]
  }
}
