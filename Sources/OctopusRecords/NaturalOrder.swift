// The order of names: runs of digits compare as numbers, the rest by bytes, ties by bytes.
// `lock_2` comes before `lock_10`, and `a01` just before `a1`.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@usableFromInline
package typealias Bytes = UnsafeBufferPointer<UInt8>

/// Compares two names in natural order: negative, zero or positive.
///
/// A total order: zero only for equal bytes. Complexity: O(n), no allocation.
package func compareNaturally(_ a: Bytes, _ b: Bytes) -> Int {
  // Mostly the first byte decides.
  if a.count > 0, b.count > 0, a[0] != b[0], !isDigit(a[0]) || !isDigit(b[0]) {
    return a[0] < b[0] ? -1 : 1
  }
  let order = compareTokens(a, b)
  return order != 0 ? order : compareBytes(a, b)
}

/// Where a name stands in relation to the names that begin with `prefix`: negative before them all,
/// positive after them all, zero among them. A prefix must not end with a digit. Names among them
/// need not begin with it (`a01b` stands among those of `a1b`), so the caller verifies.
package func compareNaturally(_ name: Bytes, toPrefix prefix: Bytes) -> Int {
  compareTokens(name, prefix, prefixOnly: true)
}

/// Compares by bytes, a prefix first.
@inline(__always)
package func compareBytes(_ a: Bytes, _ b: Bytes) -> Int {
  // Empty buffers may have no address, which `memcmp` does not promise to bear.
  guard let x = a.baseAddress, let y = b.baseAddress, a.count > 0, b.count > 0 else {
    return a.count &- b.count
  }
  // Mostly the first byte decides, for less than the call costs.
  if x.pointee != y.pointee { return x.pointee < y.pointee ? -1 : 1 }
  let order = Int(memcmp(x, y, min(a.count, b.count)))
  return order != 0 ? order : a.count &- b.count
}

/// The part of a literal prefix that a walk in natural order can use: without trailing digits.
package func naturalPrefix(of literal: some Collection<UInt8>) -> [UInt8] {
  var prefix = Array(literal)
  while let last = prefix.last, isDigit(last) { prefix.removeLast() }
  return prefix
}

private func compareTokens(_ a: Bytes, _ b: Bytes, prefixOnly: Bool = false) -> Int {
  var i = commonCount(a, b)
  // Zeros behind another digit of their run count: so the last that is none goes with them.
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

/// How many bytes both begin with.
@inline(__always)
private func commonCount(_ a: Bytes, _ b: Bytes) -> Int {
  let count = min(a.count, b.count)
  let (x, y) = (UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
  var place = 0
  while place &+ 8 <= count {
    let difference =
      x.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      ^ y.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    if difference != 0 { return place &+ difference.littleEndian.trailingZeroBitCount / 8 }
    place &+= 8
  }
  while place < count, a[place] == b[place] { place &+= 1 }
  return place
}

/// Compares the runs of digits at `i` and `j` as numbers, of any length, and steps behind them.
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
