/// Text to be shown: what may come from anywhere, and escape sequences of the program's own.
///
/// A terminal is sent nothing active but those sequences, which stand in the program's source; what is not a
/// terminal gets all as it is.
package struct StyledText: Sendable, ExpressibleByStringInterpolation {
  private enum Piece: Sendable {
    case text(String)
    case word(String)
    case sequence(StaticString)
  }

  private var pieces: [Piece] = []

  private init(_ pieces: [Piece]) { self.pieces = pieces }

  package init() {}

  /// Text in which line feeds and tabs are meant as such.
  package init(_ text: String) { pieces = [.text(text)] }

  package init(stringLiteral text: String) { self.init(text) }

  /// A part of a line: a line feed in it does not end that.
  package init(word text: String) { pieces = [.word(text)] }

  /// What a terminal is to obey.
  package init(sequence: StaticString) { pieces = [.sequence(sequence)] }

  package var isEmpty: Bool { plain.isEmpty }

  /// As it is stored.
  package var plain: String {
    pieces.map { piece in
      switch piece {
      case .text(let text), .word(let text): text
      case .sequence(let sequence): sequence.description
      }
    }.joined()
  }

  /// With all that is active escaped, but the sequences.
  package var escaped: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text.escaped(keepingLayout: true)
      case .word(let text): text.escaped(keepingLayout: false)
      case .sequence(let sequence): sequence.description
      }
    }.joined()
  }

  /// The lines, without the line feeds that end them.
  package var lines: [StyledText] {
    var lines = [StyledText()]
    for piece in pieces {
      guard case .text(let text) = piece else {
        lines[lines.count - 1].pieces.append(piece)
        continue
      }
      // Scalars: a line feed after a carriage return is no letter of its own.
      let parts = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() {
        if index > 0 { lines.append(StyledText()) }
        if !part.isEmpty { lines[lines.count - 1].pieces.append(.text(String(part))) }
      }
    }
    return lines.last?.pieces.isEmpty == true ? lines.dropLast() : lines
  }

  package static func + (left: StyledText, right: StyledText) -> StyledText {
    StyledText(left.pieces + right.pieces)
  }

  package static func += (left: inout StyledText, right: StyledText) {
    left.pieces += right.pieces
  }
}

extension Sequence<StyledText> {
  package func joined() -> StyledText { reduce(into: StyledText()) { $0 += $1 } }
}
