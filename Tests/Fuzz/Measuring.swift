import CFuzz
import Glibc

// The work of requests by their own count and by a clock. The search goes where a command takes
// more of either for each byte of the input.

/// A line took much longer than the work that it counted.
struct UncountedTime: Error, CustomStringConvertible {
  let description: String
}

/// Measures the last line of an input.
func measure(_ input: ArraySlice<UInt8>, _ run: () -> Int) throws {
  let start = processorTime()
  let work = run()
  let time = processorTime() - start
  guard !input.isEmpty else { return }
  mostWork.add(work, of: input, "\(work) units in \(time) ns")
  mostTime.add(time, of: input, "\(time) ns for \(work) units")
  guard time > slowness * work + uncounted + uncountedPerByte * input.count else { return }
  throw UncountedTime(description: "\(time) ns for \(work) units: \(shown(input))")
}

/// Nanoseconds of a unit: a build for the fuzzer is slower than one for users.
private let slowness = 20
/// Nanoseconds that need not be counted: to read the input, to compile its regular expressions, and
/// to print it.
private let uncounted = 5_000_000
private let uncountedPerByte = 20_000

// All runs in one thread.
nonisolated(unsafe) private var mostWork = Most(first: 0)
nonisolated(unsafe) private var mostTime = Most(first: 1_024)

/// The most for each byte of an input so far.
private struct Most {
  /// Of the things that the fuzzer is told are reached: 32 of each kind of command.
  let first: Int
  private var most = 0

  init(first: Int) { self.first = first }

  mutating func add(_ amount: Int, of input: ArraySlice<UInt8>, _ description: String) {
    let ratio = amount / input.count
    let magnitude = min(Int.bitWidth - ratio.leadingZeroBitCount, 31)
    fuzz_reached(CInt(first + kind(of: input) * 32 + magnitude))
    guard ratio > most + most / 4 else { return }
    most = ratio
    let line = "worst so far: \(description), \(ratio) for a byte of \(shown(input))\n"
    _ = line.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
  }
}

/// A number below 32 for the command of the last line.
private func kind(of input: ArraySlice<UInt8>) -> Int {
  let start = input.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? input.startIndex
  let word = input[start...].dropFirst(2).prefix { $0 > UInt8(ascii: " ") }
  return word.reduce(0) { ($0 * 31 + Int($1 | 0x20)) % 997 } % 32
}

private func shown(_ input: ArraySlice<UInt8>) -> String {
  String(decoding: input.suffix(300), as: UTF8.self).debugDescription
}

private func processorTime() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
