import FuzzTargets
import Glibc

// libFuzzer's main calls this with one input after the other. OCTOPUS_FUZZ names the target.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // libFuzzer's own copy of the input, there until this returns.
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  do {
    try check(input)
  } catch {
    fatalError("\(target.name): \(error)")
  }
  return 0
}

/// What a clock has measured counts if it is so each time.
private func check(_ input: [UInt8]) throws {
  for _ in 1..<5 {
    do {
      return try target.check(input)
    } catch is UncountedTime {}
  }
  try target.check(input)
}

private let target: FuzzTarget = {
  let name = getenv("OCTOPUS_FUZZ").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    fatalError("OCTOPUS_FUZZ must be one of \(FuzzTarget.all.map(\.name))")
  }
  FuzzTarget.measure = measure
  return target
}()
