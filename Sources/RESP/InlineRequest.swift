// Requests as people type them into telnet: words on a line, quoted as Redis quotes.
//
//   "…"  with \n \r \t \b \a, \xHH for any byte, and \ before anything else for itself
//   '…'  with \' for '
//
// A quote may begin inside a word; the word must end where the quote does.

/// Appends the words of a line to a request.
func splitInline(
  _ line: UnsafeRawBufferPointer, into request: inout Request, limits: RequestLimits
) throws(ProtocolError) {
  var rest = line
  while true {
    while let byte = rest.first, isBlank(byte) { _ = rest.removePrefix(1) }
    if rest.isEmpty { return }
    guard request.count < limits.arguments else { throw .invalidMultibulkLength }
    let start = request.byteCount
    try readWord(&rest, into: &request.storage)
    request.ends.append(request.byteCount)
    guard request.byteCount - start <= limits.argumentBytes else { throw .invalidBulkLength }
    guard request.byteCount <= limits.requestBytes else { throw .tooBigRequest }
  }
}

private func readWord(
  _ rest: inout UnsafeRawBufferPointer, into word: inout [UInt8]
) throws(ProtocolError) {
  while let byte = rest.first, !isBlank(byte) {
    _ = rest.removePrefix(1)
    guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else {
      word.append(byte)
      continue
    }
    try readQuoted(&rest, quote: byte, into: &word)
    if let next = rest.first, !isBlank(next) { throw .unbalancedQuotes }
  }
}

/// Reads what follows an opening quote, up to and with the closing one.
private func readQuoted(
  _ rest: inout UnsafeRawBufferPointer, quote: UInt8, into word: inout [UInt8]
) throws(ProtocolError) {
  while let byte = rest.first {
    _ = rest.removePrefix(1)
    if byte == quote { return }
    guard byte == UInt8(ascii: "\\"), let escaped = rest.first else {
      word.append(byte)
      continue
    }
    if quote == UInt8(ascii: "\"") {
      word.append(readEscape(&rest))
    } else if escaped == quote {
      _ = rest.removePrefix(1)
      word.append(quote)
    } else {
      word.append(byte)
    }
  }
  throw .unbalancedQuotes
}

/// Reads what follows a backslash between double quotes; there is at least one byte.
private func readEscape(_ rest: inout UnsafeRawBufferPointer) -> UInt8 {
  let escaped = rest.removePrefix(1)[0]
  switch escaped {
  case UInt8(ascii: "n"): return UInt8(ascii: "\n")
  case UInt8(ascii: "r"): return UInt8(ascii: "\r")
  case UInt8(ascii: "t"): return UInt8(ascii: "\t")
  case UInt8(ascii: "b"): return 0x08
  case UInt8(ascii: "a"): return 0x07
  case UInt8(ascii: "x"):
    guard rest.count >= 2, let high = hexDigit(rest[0]), let low = hexDigit(rest[1]) else {
      return escaped
    }
    _ = rest.removePrefix(2)
    return high << 4 | low
  default: return escaped
  }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// Space, and tab, LF, VT, FF, CR.
private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
