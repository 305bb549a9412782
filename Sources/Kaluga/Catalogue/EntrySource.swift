// Splits a file of the catalogue into its entries, so that a broken one spoils no other.
import OctopusSystem

/// The text of one entry: from a line that begins with `[[driver]]` to the next such line.
struct EntrySource {
  /// Of its first line, from 1.
  let line: Int
  let text: ByteString

  private static let newline = UInt8(ascii: "\n")
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// The entries of a file, whose lines may end in CR LF. The first element is the text before the
  /// first entry, which should hold nothing.
  static func split(_ file: ByteString) -> [EntrySource] {
    let hasMark = file.bytes.starts(with: byteOrderMark)
    let all = file.bytes.dropFirst(hasMark ? byteOrderMark.count : 0)
    var entries: [EntrySource] = []
    var (start, startLine) = (all.startIndex, 1)
    var offset = start
    for (index, line) in all.split(separator: newline, omittingEmptySubsequences: false)
      .enumerated()
    {
      if line.drop(while: { isBlank($0) }).starts(with: "[[driver]]".utf8) {
        entries.append(EntrySource(line: startLine, text: ByteString(all[start..<offset])))
        (start, startLine) = (offset, index + 1)
      }
      offset += line.count + 1
    }
    entries.append(EntrySource(line: startLine, text: ByteString(all[start...])))
    return entries
  }

  /// The line of a key; the first line of the entry if it has no such key.
  func line(of key: String) -> Int {
    let lines = text.bytes.split(separator: Self.newline, omittingEmptySubsequences: false)
    let index = lines.firstIndex { line in
      var rest = line.drop { Self.isBlank($0) || "\"[".utf8.contains($0) }
      if rest.starts(with: "driver.".utf8) { rest = rest.dropFirst(7) }
      guard rest.starts(with: key.utf8) else { return false }
      return rest.dropFirst(key.utf8.count).first.map { " \t=\".]".utf8.contains($0) } ?? false
    }
    return line + (index ?? 0)
  }

  /// From 1 in the entry.
  var firstLineThatIsNotUTF8: Int {
    let lines = text.bytes.split(separator: Self.newline, omittingEmptySubsequences: false)
    // No sequence of UTF-8 has a newline in it, so each line can be checked by itself.
    return 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
