// A catalogue's file as the texts of its entries, so that one that is broken spoils no other.
import OctopusSystem

/// The text of one entry: from a line that begins with `[[driver]]` to the next such.
struct EntryText {
  /// Of its first line, from 1.
  let line: Int
  let text: ByteString

  private static let newline = UInt8(ascii: "\n")
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// Cuts a file, whose lines may end in CR LF. What comes before the first entry is the first element; it
  /// should say nothing.
  static func cut(_ file: ByteString) -> [EntryText] {
    let hasMark = file.bytes.starts(with: byteOrderMark)
    let all = file.bytes.dropFirst(hasMark ? byteOrderMark.count : 0)
    var entries: [EntryText] = []
    var (start, startLine) = (all.startIndex, 1)
    var place = start
    for (index, line) in all.split(separator: newline, omittingEmptySubsequences: false)
      .enumerated()
    {
      if line.drop(while: { isBlank($0) }).starts(with: "[[driver]]".utf8) {
        entries.append(EntryText(line: startLine, text: ByteString(all[start..<place])))
        (start, startLine) = (place, index + 1)
      }
      place += line.count + 1
    }
    entries.append(EntryText(line: startLine, text: ByteString(all[start...])))
    return entries
  }

  /// The line of a key, or that of the entry.
  func line(of key: String) -> Int {
    let lines = text.bytes.split(separator: Self.newline, omittingEmptySubsequences: false)
    let place = lines.firstIndex { line in
      var rest = line.drop { Self.isBlank($0) || "\"[".utf8.contains($0) }
      if rest.starts(with: "driver.".utf8) { rest = rest.dropFirst(7) }
      guard rest.starts(with: key.utf8) else { return false }
      return rest.dropFirst(key.utf8.count).first.map { " \t=\".]".utf8.contains($0) } ?? false
    }
    return line + (place ?? 0)
  }

  /// From 1 in the entry.
  var firstLineThatIsNotUTF8: Int {
    let lines = text.bytes.split(separator: Self.newline, omittingEmptySubsequences: false)
    // No sequence of UTF-8 has a newline in it: each line is one by itself.
    return 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
