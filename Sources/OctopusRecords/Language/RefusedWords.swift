// Bare words that are refused as values, and the messages that say what to write instead.
//
// Programs build records by formatting values. Many languages print a word for a null or for a
// float that is not finite, or spell booleans in their own way. As a symbol, which is text, such a
// value would silently change its kind. The list is closed; docs/query-language.md has it, with the
// languages (decision 0009).

/// Why a bare word is refused as a value.
enum RefusedWord {
  case null, notFinite
  case boolean(Bool)

  /// Nil for a word that may be a symbol, and for `true` and `false`.
  @inline(__always)
  init?(_ word: Bytes) {
    guard let first = word.first, word.count <= 9 else { return nil }
    switch first {
    case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "i"), UInt8(ascii: "I"),
      UInt8(ascii: "s"), UInt8(ascii: "u"), UInt8(ascii: "T"), UInt8(ascii: "F"):
      self.init(listed: word)
    default: return nil
    }
  }

  @inline(never)
  private init?(listed word: Bytes) {
    let listed = Self.all.first { text, _ in
      text.utf8CodeUnitCount == word.count
        && compareBytes(Bytes(start: text.utf8Start, count: word.count), word) == 0
    }
    guard let listed else { return nil }
    self = listed.1
  }

  private static let all: [(StaticString, RefusedWord)] = [
    ("null", .null), ("NULL", .null), ("Null", .null), ("nil", .null), ("None", .null),
    ("NaT", .null), ("undefined", .null),
    ("nan", .notFinite), ("NaN", .notFinite), ("NAN", .notFinite), ("sNaN", .notFinite),
    ("inf", .notFinite), ("Inf", .notFinite), ("INF", .notFinite),
    ("infinity", .notFinite), ("Infinity", .notFinite), ("INFINITY", .notFinite),
    ("True", .boolean(true)), ("TRUE", .boolean(true)),
    ("False", .boolean(false)), ("FALSE", .boolean(false)),
  ]

  /// The error message for a value that is such a word, or begins with it.
  fileprivate func message(of shown: String) -> String {
    switch self {
    case .null: "there is no null; leave the attribute out, or write '\(shown)' if it is text"
    case .notFinite: "\(shown) is not a finite number; write '\(shown)' if it is text"
    case .boolean(let value): "a boolean is written \(value); write '\(shown)' if it is text"
    }
  }
}

/// Whether bytes without quotes are a symbol.
func isSymbol(_ bytes: Bytes) -> Bool {
  isIdentifier(bytes) && !isBoolean(bytes) && RefusedWord(bytes) == nil
}

/// Whether a value can end before this byte.
@inline(__always)
func endsValue(_ byte: UInt8?) -> Bool {
  guard let byte else { return true }
  return switch byte {
  case UInt8(ascii: ","), UInt8(ascii: "}"), 0x20, 0x09, 0x0a, 0x0d: true
  default: false
  }
}

/// Why the text at the start of `bytes`, up to where a value can end, is no value; nil if none of
/// it is printable.
func messageForNoValue(_ bytes: Bytes) -> String? {
  var count = 0
  while count < bytes.count, !endsValue(bytes[count]) { count += 1 }
  let whole = Bytes(rebasing: bytes[..<count])
  let shown = Bytes(rebasing: whole.prefix(40).prefix { $0 > 0x20 && $0 < 0x7f && $0 != 0x27 })
  let text = String(decoding: shown, as: UTF8.self)
  switch shown.first {
  case nil: return nil
  case UInt8(ascii: "\""): return "a string stands in single quotes"
  case UInt8(ascii: "["), UInt8(ascii: "{"):
    return "a list or an object is no value: records are flat"
  default: break
  }
  guard shown.count == count else {
    return "\(text)… is neither a number nor a symbol; quote it if it is text"
  }
  if let word = RefusedWord(withoutSignOrBrackets(whole)) { return word.message(of: text) }
  if text.utf8.first == UInt8(ascii: "+"),
    (try? Value(number: Bytes(rebasing: whole.dropFirst()))) != nil
  {
    return "a number has no '+'; write \(text.dropFirst())"
  }
  return "\(text) is neither a number nor a symbol; write '\(text)' if it is text"
}

/// `-inf`, `+Inf`, `<nil>` and `(null)` without their signs and brackets.
private func withoutSignOrBrackets(_ text: Bytes) -> Bytes {
  switch (text.first, text.last) {
  case (UInt8(ascii: "-"), _), (UInt8(ascii: "+"), _): Bytes(rebasing: text.dropFirst())
  case (UInt8(ascii: "<"), UInt8(ascii: ">")), (UInt8(ascii: "("), UInt8(ascii: ")")):
    Bytes(rebasing: text.dropFirst().dropLast())
  default: text
  }
}
