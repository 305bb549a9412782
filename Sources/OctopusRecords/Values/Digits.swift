/// Numbers in options, files and environment variables: ASCII digits alone.
extension FixedWidthInteger {
  /// Reads an unsigned number: no sign, no blanks, no separators; nil for anything else and for
  /// what does not fit. The standard library's initialiser takes a `+` too.
  ///
  ///     UInt16(digits: "6390")   // 6390
  ///     UInt16(digits: "+80")    // nil
  ///
  /// - Complexity: O(length of the text).
  package init?(digits text: some StringProtocol, radix: Int = 10) {
    guard !text.isEmpty,
      text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
    else { return nil }
    self.init(text, radix: radix)
  }
}
