// The digits of numbers, eight at a time: each byte of an integer of 64 bits is a digit.

/// The last eight hexadecimal digits of a number, the first one in the lowest byte.
@inline(__always)
func hexadecimalDigits(_ number: UInt64) -> UInt64 {
  // Halves go apart, then their halves, until each digit has a byte.
  var digits = number & 0xffff_ffff
  digits = (digits << 16 | digits) & 0x0000_ffff_0000_ffff
  digits = (digits << 8 | digits) & 0x00ff_00ff_00ff_00ff
  digits = (digits << 4 | digits) & 0x0f0f_0f0f_0f0f_0f0f
  let areLetters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
  let lettersAfterDigits = UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
  return (digits &+ 0x3030_3030_3030_3030 &+ areLetters &* lettersAfterDigits).byteSwapped
}

/// The eight decimal digits of a number below 10⁸, the first one in the lowest byte, without the
/// character code of zero.
@inline(__always)
func decimalDigits(_ number: UInt64) -> UInt64 {
  // As above: the upper half of each part is divided off, and goes to the lower bytes.
  var digits = number / 10_000 | (number % 10_000) << 32
  // In each half n / 100 is n × 5,243 / 2¹⁹, for n below 10,000.
  let hundreds = (digits &* 5_243) >> 19 & 0x0000_007f_0000_007f
  digits = hundreds | (digits &- hundreds &* 100) << 16
  // In each quarter n / 10 is n × 103 / 2¹⁰, for n below 100.
  let tens = (digits &* 103) >> 10 & 0x000f_000f_000f_000f
  return tens | (digits &- tens &* 10) << 8
}
