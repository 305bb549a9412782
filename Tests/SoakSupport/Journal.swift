import RESP

/// One thing that a client did or saw.
package enum Entry: Sendable, Hashable {
  /// It connected, and calls itself this.
  case opened(String)
  /// It sent a request, at a time in microseconds of a clock that all clients share.
  case asked([String], at: Int64)
  /// A reply or a push was read.
  case heard(RESPValue, at: Int64)
  /// The connection was gone.
  case lost
}

// A journal is a sequence of entries, as RESP: a word that says what it is, and what belongs to it.
// That of a client which was killed ends somewhere.
package enum Journal {
  package static func encode(_ entry: Entry) -> [UInt8] {
    let values: [RESPValue] =
      switch entry {
      case .opened(let name): [.simpleString("opened"), .bulk(name)]
      case .asked(let words, let time):
        [.simpleString("asked"), .integer(time), .array(words.map { .bulk($0) })]
      case .heard(let value, let time): [.simpleString("heard"), .integer(time), value]
      case .lost: [.simpleString("lost")]
      }
    var encoder = RESPEncoder(version: .three)
    for value in values { value.encode(into: &encoder) }
    return encoder.bytes
  }

  /// All that is whole.
  package static func decode(_ bytes: [UInt8]) throws -> [Entry] {
    var decoder = ReplyDecoder()
    return try bytes.withUnsafeBytes { bytes in
      var rest = bytes
      var entries: [Entry] = []
      while let word = try decoder.next(&rest)?.text {
        switch word {
        case "opened":
          guard let name = try decoder.next(&rest)?.text else { return entries }
          entries.append(.opened(name))
        case "asked":
          guard let time = try decoder.next(&rest)?.integer,
            let words = try decoder.next(&rest)?.elements
          else { return entries }
          entries.append(.asked(words.compactMap(\.text), at: time))
        case "heard":
          guard let time = try decoder.next(&rest)?.integer, let value = try decoder.next(&rest)
          else { return entries }
          entries.append(.heard(value, at: time))
        case "lost": entries.append(.lost)
        default: throw SoakFailure("a journal with a strange word: \(word)")
        }
      }
      return entries
    }
  }
}

package struct SoakFailure: Error, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
