#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Bytes that are lent: valid only inside the closure or the call that they are passed to.
@usableFromInline
package typealias Bytes = UnsafeBufferPointer<UInt8>

/// Compares by bytes, a prefix first: negative, zero or positive.
///
/// - Complexity: O(n).
@inline(__always)
package func compareBytes(_ a: Bytes, _ b: Bytes) -> Int {
  // Empty buffers may have no address, which `memcmp` does not accept.
  guard let x = a.baseAddress, let y = b.baseAddress, a.count > 0, b.count > 0 else {
    return a.count &- b.count
  }
  // Mostly the first byte decides, for less than the call costs.
  if x.pointee != y.pointee { return x.pointee < y.pointee ? -1 : 1 }
  let order = Int(memcmp(x, y, min(a.count, b.count)))
  return order != 0 ? order : a.count &- b.count
}

/// The length of the common prefix. Complexity: O(n).
@inline(__always)
func commonPrefixCount(_ a: Bytes, _ b: Bytes) -> Int {
  let count = min(a.count, b.count)
  let (x, y) = (UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
  var offset = 0
  while offset &+ 8 <= count {
    let difference =
      x.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      ^ y.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    if difference != 0 { return offset &+ difference.littleEndian.trailingZeroBitCount / 8 }
    offset &+= 8
  }
  while offset < count, a[offset] == b[offset] { offset &+= 1 }
  return offset
}
