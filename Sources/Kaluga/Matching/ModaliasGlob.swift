// Patterns of the kernel's module aliases, as kmod matches them: fnmatch(3), where `-` and `_` are
// the same.

/// `*`, `?`, `[a-z]`, `[!a-z]`, and a backslash before a letter that stands for itself.
package struct ModaliasGlob: Hashable, Sendable {
  private enum Piece: Hashable, Sendable {
    case letter(UInt8)
    case any
    case several
    case set(negated: Bool, ranges: [ClosedRange<UInt8>])
  }

  private var pieces: [Piece] = []

  package init(_ text: some StringProtocol) {
    var rest = Array(text.utf8)[...]
    while let letter = rest.popFirst() {
      switch letter {
      case UInt8(ascii: "*"):
        if pieces.last != .several { pieces.append(.several) }
      case UInt8(ascii: "?"): pieces.append(.any)
      case UInt8(ascii: "\\"):
        pieces.append(.letter(Self.folded(rest.popFirst() ?? UInt8(ascii: "\\"))))
      case UInt8(ascii: "["): pieces.append(Self.set(&rest) ?? .letter(letter))
      default: pieces.append(.letter(Self.folded(letter)))
      }
    }
  }

  /// The set whose opening bracket has been read. Nil, and nothing is read, if it has no end.
  private static func set(_ rest: inout ArraySlice<UInt8>) -> Piece? {
    var input = rest
    var ranges: [ClosedRange<UInt8>] = []
    let negated = input.first == UInt8(ascii: "!") || input.first == UInt8(ascii: "^")
    if negated { input.removeFirst() }
    while let first = input.popFirst() {
      if first == UInt8(ascii: "]"), !ranges.isEmpty {
        rest = input
        return .set(negated: negated, ranges: ranges)
      }
      var last = first
      if input.first == UInt8(ascii: "-"), let end = input.dropFirst().first,
        end != UInt8(ascii: "]")
      {
        last = end
        input.removeFirst(2)
      }
      ranges.append(min(first, last)...max(first, last))
    }
    return nil
  }

  /// An alias in the form in which it is matched.
  package static func folded(_ text: String) -> [UInt8] { text.utf8.map(folded) }

  private static func folded(_ letter: UInt8) -> UInt8 {
    letter == UInt8(ascii: "-") ? UInt8(ascii: "_") : letter
  }

  /// Whether it matches all of a folded text.
  package func matches(_ text: [UInt8]) -> Bool {
    var (piece, offset) = (0, 0)
    // The last star, and where to go on if what follows it does not fit.
    var (starred, resume) = (-1, 0)
    while offset < text.count {
      if piece < pieces.count, pieces[piece] == .several {
        (starred, resume) = (piece, offset)
        piece += 1
      } else if piece < pieces.count, fits(pieces[piece], text[offset]) {
        piece += 1
        offset += 1
      } else if starred >= 0 {
        resume += 1
        (piece, offset) = (starred + 1, resume)
      } else {
        return false
      }
    }
    while piece < pieces.count, pieces[piece] == .several { piece += 1 }
    return piece == pieces.count
  }

  private func fits(_ piece: Piece, _ letter: UInt8) -> Bool {
    switch piece {
    case .letter(let wanted): wanted == letter
    case .any: true
    case .several: false
    case .set(let negated, let ranges): ranges.contains { $0.contains(letter) } != negated
    }
  }

  /// The runs of letters that are in every text that it matches.
  var literals: [[UInt8]] {
    var runs: [[UInt8]] = [[]]
    for piece in pieces {
      if case .letter(let letter) = piece {
        runs[runs.count - 1].append(letter)
      } else if !runs[runs.count - 1].isEmpty {
        runs.append([])
      }
    }
    return runs.filter { !$0.isEmpty }
  }
}
