// The order of names: runs of digits compare as numbers, the rest by bytes, ties by bytes.
// `lock_2` comes before `lock_10`, and `a01` just before `a1`.

/// Compares two names in natural order: negative, zero or positive.
///
/// A total order: zero only for equal bytes. Complexity: O(n), no allocation.
package func compareNaturally(_ a: Bytes, _ b: Bytes) -> Int {
  // The first byte decides most comparisons.
  if a.count > 0, b.count > 0, a[0] != b[0], !isDigit(a[0]) || !isDigit(b[0]) {
    return a[0] < b[0] ? -1 : 1
  }
  let order = compareTokens(a, b)
  return order != 0 ? order : compareBytes(a, b)
}

/// Compares a name with all names that begin with `prefix`: negative before them, positive after
/// them, zero among them. A prefix must not end with a digit. Names among them need not begin with
/// it (`a01b` is among those of `a1b`), so the caller verifies.
package func compareNaturally(_ name: Bytes, toPrefix prefix: Bytes) -> Int {
  compareTokens(name, prefix, prefixOnly: true)
}

/// The part of a literal prefix that bounds a scan in natural order: without trailing digits.
package func naturalPrefix(of literal: some Collection<UInt8>) -> [UInt8] {
  var prefix = Array(literal)
  while let last = prefix.last, isDigit(last) { prefix.removeLast() }
  return prefix
}

private func compareTokens(_ a: Bytes, _ b: Bytes, prefixOnly: Bool = false) -> Int {
  var i = commonPrefixCount(a, b)
  // Zeros after another digit of their run count, so the comparison starts at the last other digit.
  while i > 0, isDigit(a[i &- 1]) {
    i &-= 1
    if a[i] != 0x30 { break }
  }
  var j = i
  while i < a.count, j < b.count {
    if isDigit(a[i]), isDigit(b[j]) {
      let order = compareNumbers(a, &i, b, &j)
      if order != 0 { return order }
    } else if a[i] != b[j] {
      return a[i] < b[j] ? -1 : 1
    } else {
      i &+= 1
      j &+= 1
    }
  }
  if prefixOnly, j == b.count { return 0 }
  return (a.count &- i) &- (b.count &- j)
}

/// Compares the runs of digits at `i` and `j` as numbers of any length, and advances past them.
private func compareNumbers(_ a: Bytes, _ i: inout Int, _ b: Bytes, _ j: inout Int) -> Int {
  while i < a.count, a[i] == 0x30 { i &+= 1 }
  while j < b.count, b[j] == 0x30 { j &+= 1 }
  var order = 0
  while i < a.count, j < b.count, isDigit(a[i]), isDigit(b[j]) {
    if order == 0, a[i] != b[j] { order = a[i] < b[j] ? -1 : 1 }
    i &+= 1
    j &+= 1
  }
  if i < a.count, isDigit(a[i]) { return 1 }
  if j < b.count, isDigit(b[j]) { return -1 }
  return order
}
