/// What a person would see: a terminal's screen, drawn from what a program prints.
///
/// It knows the sequences of TERM=xterm that a line editor uses, and refuses others, so that no
/// test passes by overlooking one.
struct Screen {
  let columns: Int
  let rows: Int
  private(set) var cells: [[Character]]
  private(set) var row = 0
  private(set) var column = 0
  /// Everything that scrolled off the top, too.
  private(set) var scrolled: [String] = []
  /// Whether anything was shown in colour.
  private(set) var hasColour = false
  private(set) var hasEscapes = false
  private(set) var unknown: [String] = []
  private var isInsertMode = false
  private var pending: [UInt8] = []

  init(columns: Int, rows: Int) {
    (self.columns, self.rows) = (columns, rows)
    cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
  }

  /// The lines without blanks at their ends, and without empty ones below the last.
  var lines: [String] {
    var lines = scrolled + cells.map { Self.trimmed(String($0)) }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The line that the cursor stands on.
  var currentLine: String { Self.trimmed(String(cells[row])) }

  private static func trimmed(_ line: String) -> String {
    String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
  }

  mutating func feed(_ bytes: some Sequence<UInt8>) {
    pending += bytes
    while let length = step() { pending.removeFirst(length) }
  }

  /// Carries out what stands first; how many bytes that was, nil if it is not whole yet.
  private mutating func step() -> Int? {
    guard let first = pending.first else { return nil }
    switch first {
    case 0x1b: return escape()
    case 0x0d: column = 0
    case 0x0a: lineFeed()
    case 0x08: column = max(0, column - 1)
    case 0x07: break
    case 0x00..<0x20: unknown.append("control \(first)")
    default: return character(first)
    }
    return 1
  }

  private mutating func character(_ first: UInt8) -> Int? {
    let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    guard pending.count >= length else { return nil }
    if column == columns {
      column = 0
      lineFeed()
    }
    if isInsertMode {
      cells[row].insert(" ", at: column)
      cells[row].removeLast()
    }
    cells[row][column] = Character(String(decoding: pending[..<length], as: UTF8.self))
    column += 1
    return length
  }

  private mutating func lineFeed() {
    if row + 1 < rows {
      row += 1
      return
    }
    scrolled.append(Self.trimmed(String(cells.removeFirst())))
    cells.append(Array(repeating: " ", count: columns))
  }

  private mutating func escape() -> Int? {
    hasEscapes = true
    guard pending.count >= 2 else { return nil }
    if pending[1] == UInt8(ascii: "]") {
      // A title: up to a bell.
      return pending.firstIndex(of: 0x07).map { $0 + 1 }
    }
    guard pending[1] == UInt8(ascii: "[") else {
      // Two bytes (keypad modes) or, for a character set, three.
      let length = [UInt8(ascii: "("), UInt8(ascii: ")")].contains(pending[1]) ? 3 : 2
      return pending.count >= length ? length : nil
    }
    guard let end = pending.indices.dropFirst(2).first(where: { 0x40...0x7e ~= pending[$0] }) else {
      return nil
    }
    let text = String(decoding: pending[2..<end], as: UTF8.self)
    control(Character(Unicode.Scalar(pending[end])), text)
    return end + 1
  }

  private mutating func control(_ final: Character, _ text: String) {
    let numbers = text.split(separator: ";").map { Int($0) ?? 0 }
    let count = max(1, numbers.first ?? 1)
    let mode = numbers.first ?? 0
    column = min(column, columns - (final == "m" ? 0 : 1))
    switch final {
    case "A": row = max(0, row - count)
    case "B": row = min(rows - 1, row + count)
    case "C": column = min(columns - 1, column + count)
    case "D": column = max(0, column - count)
    case "G": column = min(columns, count) - 1
    case "H": (row, column) = (count - 1, max(1, numbers.count > 1 ? numbers[1] : 1) - 1)
    case "J": erase(below: mode)
    case "K": erase(line: mode)
    case "P":
      cells[row].removeSubrange(column..<min(columns, column + count))
      cells[row] += Array(repeating: " ", count: columns - cells[row].count)
    case "@":
      cells[row].insert(contentsOf: Array(repeating: " ", count: count), at: column)
      cells[row].removeLast(count)
    case "h" where text == "4": isInsertMode = true
    case "l" where text == "4": isInsertMode = false
    case "h", "l": break
    case "m": if !["", "0"].contains(text) { hasColour = true }
    default: unknown.append("ESC [ \(text) \(final)")
    }
  }

  private mutating func erase(below mode: Int) {
    if mode == 2 { cells = Array(repeating: Array(repeating: " ", count: columns), count: rows) }
    guard mode == 0 else { return }
    erase(line: 0)
    for below in (row + 1)..<max(row + 1, rows) {
      cells[below] = Array(repeating: " ", count: columns)
    }
  }

  private mutating func erase(line mode: Int) {
    let range = mode == 0 ? column..<columns : mode == 1 ? 0..<(column + 1) : 0..<columns
    for place in range { cells[row][place] = " " }
  }
}
