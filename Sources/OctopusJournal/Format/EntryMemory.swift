import OctopusRecords

/// Bytes that grow at their end. An array would clear memory before it can be written.
// Safe to send: it has one owner.
struct EntryMemory: ~Copyable, @unchecked Sendable {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var count = 0

  deinit { memory.deallocate() }

  var capacity: Int { memory.count }

  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }

  mutating func removeAll() { count = 0 }

  /// Appends what `write` writes, at most `most` bytes.
  @inline(__always)
  mutating func append(most: Int, _ write: (inout LineWriter) -> Void) {
    if count + most + LineWriter.slack > memory.count { grow(to: count + most + LineWriter.slack) }
    // There is memory now.
    let start = memory.baseAddress! + count
    var writer = LineWriter(start)
    write(&writer)
    let written = writer.end - start
    precondition(written <= most, "the line was measured")
    count += written
  }

  @inline(never)
  private mutating func grow(to size: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(size, memory.count * 2, 1 << 10), alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(bytes))
    memory.deallocate()
    memory = larger
  }
}

/// Writes to memory that was measured before, and is `slack` bytes larger.
struct LineWriter {
  /// Where the next byte goes.
  private(set) var end: UnsafeMutableRawPointer

  fileprivate init(_ start: UnsafeMutableRawPointer) { end = start }

  /// Numbers are stored eight bytes at a time, of which not all count.
  fileprivate static let slack = 8
  /// Of a number.
  static let mostDigits = 19

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    end.storeBytes(of: byte, as: UInt8.self)
    end += 1
  }

  @inline(__always)
  mutating func append(_ bytes: Bytes) {
    // Without bytes there may be no address.
    if let start = bytes.baseAddress { end.copyMemory(from: start, byteCount: bytes.count) }
    end += bytes.count
  }

  /// A number that is not below 0.
  mutating func append(_ number: Int64) {
    precondition(number >= 0, "revisions and counts are not below 0")
    var number = UInt64(number)
    if number >= Self.eightDigits {
      append(Int64(number / Self.eightDigits))
      number %= Self.eightDigits
      store(decimalDigits(number), 8)
    } else {
      let digits = decimalDigits(number)
      let zeros = min(digits.trailingZeroBitCount / 8, 7)
      store(digits >> UInt64(zeros * 8), 8 - zeros)
    }
  }

  private static let eightDigits: UInt64 = 100_000_000

  @inline(__always)
  private mutating func store(_ digits: UInt64, _ count: Int) {
    end.storeBytes(of: (digits | 0x3030_3030_3030_3030).littleEndian, as: UInt64.self)
    end += count
  }

  mutating func skip(_ count: Int) { end += count }
}
