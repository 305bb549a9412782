import OctopusRecords

/// The name of a file of the journal, which tells what is needed to read it.
package struct FileName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// It contains the whole state, and needs no file before it.
    case base
    /// It goes on where the file before it ends.
    case log
    /// It is to become a base, and counts only then.
    case fresh
  }

  package var kind: Kind
  /// The revision of the first change.
  package var first: Int64

  package init(_ kind: Kind, _ first: Int64) {
    self.kind = kind
    self.first = first
  }

  /// Nil: the file belongs to something else.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])),
      let first = Int64(digits: parts[1]), "\(first)" == parts[1]
    else { return nil }
    self.init(kind, first)
  }

  package var description: String { "\(kind.rawValue).\(first)" }

  package static func < (left: Self, right: Self) -> Bool {
    (left.first, left.kind.rawValue) < (right.first, right.kind.rawValue)
  }
}
