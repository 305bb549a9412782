// What the elements are made of: headers with a number, lines, blobs.

extension RESPEncoder {
  /// A type, a number, CRLF.
  @inlinable
  mutating func header(_ type: UInt8, _ value: Int64) {
    if UInt64(bitPattern: value) < 10 {
      return header(type, digit: UInt8(truncatingIfNeeded: value))
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.headerBytes) { scratch in
      let start = Self.fill(scratch, type, value)
      bytes.append(
        contentsOf: UnsafeBufferPointer(rebasing: scratch[start..<Self.headerBytes]))
    }
  }

  /// Room for the type, a sign, 19 digits and CRLF.
  @inlinable
  static var headerBytes: Int { 23 }

  /// Puts a header at the end of the first `headerBytes` of a buffer, and answers where it begins.
  @inlinable @inline(__always)
  static func fill(
    _ buffer: UnsafeMutableBufferPointer<UInt8>, _ type: UInt8, _ value: Int64
  ) -> Int {
    buffer[headerBytes &- 1] = .lineFeed
    buffer[headerBytes &- 2] = .carriageReturn
    var start = headerBytes &- 2
    var magnitude = value.magnitude
    repeat {
      let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
      start &-= 1
      buffer[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
      magnitude = quotient
    } while magnitude != 0
    if value < 0 {
      start &-= 1
      buffer[start] = UInt8(ascii: "-")
    }
    start &-= 1
    buffer[start] = type
    return start
  }

  /// Most headers are that short.
  @inlinable
  mutating func header(_ type: UInt8, digit: UInt8) {
    let line = (type, UInt8(ascii: "0") &+ digit, UInt8.carriageReturn, UInt8.lineFeed)
    withUnsafeBytes(of: line) { bytes.append(contentsOf: $0) }
  }

  @inlinable
  mutating func blob(_ type: UInt8, _ content: UnsafeRawBufferPointer) {
    if content.count <= Self.shortBytes { return blob(type, short: content) }
    header(type, Int64(content.count))
    bytes.append(contentsOf: content)
    raw("\r\n")
  }

  /// Content up to this long is short.
  @inlinable
  static var shortBytes: Int { 512 }

  /// Put together first: to copy a few bytes twice is less than to append three times.
  @inlinable
  mutating func blob(_ type: UInt8, short content: UnsafeRawBufferPointer) {
    let (start, end) = (Self.headerBytes, Self.headerBytes &+ content.count)
    withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: Self.headerBytes + Self.shortBytes + 2
    ) { scratch in
      UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(scratch)[start..<end])
        .copyMemory(from: content)
      scratch[end] = .carriageReturn
      scratch[end &+ 1] = .lineFeed
      let first = Self.fill(scratch, type, Int64(content.count))
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: scratch[first..<end &+ 2]))
    }
  }

  @inlinable
  mutating func blob(_ type: UInt8, _ content: some Collection<UInt8>) {
    let isContiguous: Void? = content.withContiguousStorageIfAvailable {
      blob(type, UnsafeRawBufferPointer($0))
    }
    if isContiguous != nil { return }
    header(type, Int64(content.count))
    bytes.append(contentsOf: content)
    raw("\r\n")
  }

  /// Bytes that are part of a frame as they stand.
  @inlinable
  package mutating func raw(_ content: StaticString) {
    content.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  mutating func line(_ type: UInt8, _ content: some Collection<UInt8>) {
    bytes.append(type)
    withoutLineBreaks(content)
    raw("\r\n")
  }

  mutating func withoutLineBreaks(_ content: some Collection<UInt8>) {
    for byte in content {
      let isBreak = byte == .carriageReturn || byte == .lineFeed
      bytes.append(isBreak ? UInt8(ascii: " ") : byte)
    }
  }

  /// Moves what stands from `middle` on before what stands between `start` and it. The tail is
  /// short: a header.
  @inlinable
  mutating func rotate(from start: Int, middle: Int) {
    bytes.withUnsafeMutableBytes { all in
      let tailCount = all.count - middle
      withUnsafeTemporaryAllocation(byteCount: tailCount, alignment: 1) { tail in
        tail.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[middle...]))
        let head = UnsafeRawBufferPointer(rebasing: all[start..<middle])
        // The two overlap; copyMemory allows that.
        UnsafeMutableRawBufferPointer(rebasing: all[(start + tailCount)...]).copyMemory(from: head)
        UnsafeMutableRawBufferPointer(rebasing: all[start...]).copyMemory(
          from: UnsafeRawBufferPointer(tail))
      }
    }
  }
}
