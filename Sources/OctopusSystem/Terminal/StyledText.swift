/// Text with escape sequences of the program's own, such as colours.
///
/// The text may come from anywhere: written to a terminal, all active characters in it are escaped.
/// The sequences are constants of the program.
package struct StyledText: Sendable, ExpressibleByStringInterpolation {
  private enum Piece: Sendable {
    case text(String)
    case word(String)
    case sequence(StaticString)
  }

  private var pieces: [Piece] = []

  private init(_ pieces: [Piece]) { self.pieces = pieces }

  package init() {}

  /// Text whose line feeds and tabs are kept.
  package init(_ text: String) { pieces = [.text(text)] }

  package init(stringLiteral text: String) { self.init(text) }

  /// A part of one line: line feeds in it are escaped.
  package init(word text: String) { pieces = [.word(text)] }

  /// A sequence that the terminal obeys.
  package init(sequence: StaticString) { pieces = [.sequence(sequence)] }

  package var isEmpty: Bool { plain.isEmpty }

  /// Nothing escaped.
  package var plain: String {
    pieces.map { piece in
      switch piece {
      case .text(let text), .word(let text): text
      case .sequence(let sequence): sequence.description
      }
    }.joined()
  }

  /// With all active characters escaped except the sequences.
  package var escaped: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text.escaped(keepingLayout: true)
      case .word(let text): text.escaped(keepingLayout: false)
      case .sequence(let sequence): sequence.description
      }
    }.joined()
  }

  /// The lines, without their line feeds.
  package var lines: [StyledText] {
    var lines = [StyledText()]
    for piece in pieces {
      guard case .text(let text) = piece else {
        lines[lines.count - 1].pieces.append(piece)
        continue
      }
      // Scalars, since CR LF is one Character.
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
