// An index of thousands of globs, of which a device's alias matches a few.

/// An n-gram index. Each glob is filed under a *gram*: eight letters in a row that are in every
/// text that it matches. Of all its grams that is the one which the fewest globs have. A lookup
/// tries the globs that are filed under the grams of the alias.
struct AliasIndex: Sendable {
  private static let length = 8

  private struct Entry: Sendable {
    let glob: ModaliasGlob
    let id: Int
  }

  private var byGram: [UInt64: [Entry]] = [:]
  /// Those without eight letters in a row.
  private var others: [Entry] = []

  /// - Parameter globs: each with the number that is reported; a number may come several times.
  init(_ globs: [(glob: ModaliasGlob, id: Int)]) {
    var frequency: [UInt64: Int] = [:]
    let grams = globs.map { Self.grams($0.glob) }
    for gram in grams.joined() { frequency[gram, default: 0] += 1 }
    for (index, (glob, id)) in globs.enumerated() {
      let entry = Entry(glob: glob, id: id)
      if let gram = grams[index].min(by: { frequency[$0]! < frequency[$1]! }) {
        byGram[gram, default: []].append(entry)
      } else {
        others.append(entry)
      }
    }
  }

  /// Reports the number of each glob that matches; one may come several times.
  func match(_ alias: String, _ report: (Int) -> Void) {
    let text = ModaliasGlob.folded(alias)
    for entry in others where entry.glob.matches(text) { report(entry.id) }
    guard !byGram.isEmpty else { return }
    Self.forEachGram(text) { gram in
      for entry in byGram[gram] ?? [] where entry.glob.matches(text) { report(entry.id) }
    }
  }

  private static func grams(_ glob: ModaliasGlob) -> [UInt64] {
    var grams: [UInt64] = []
    for run in glob.literals { forEachGram(run) { grams.append($0) } }
    return grams
  }

  private static func forEachGram(_ text: [UInt8], _ body: (UInt64) -> Void) {
    guard text.count >= length else { return }
    // Eight letters are one number.
    var gram: UInt64 = 0
    for (index, letter) in text.enumerated() {
      gram = gram << 8 | UInt64(letter)
      if index >= length - 1 { body(gram) }
    }
  }
}
