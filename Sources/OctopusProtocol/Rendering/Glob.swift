/// A pattern of names as CONFIG GET takes it: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a
/// character that stands for itself.
///
/// Time O(pattern × text): of several stars only the last is ever tried again.
struct Glob {
  private enum Step {
    case star
    case any
    case byte(UInt8)
    case oneOf([ClosedRange<UInt8>], isNegated: Bool)
  }

  private var steps: [Step] = []

  init(_ pattern: String) {
    var rest = Array(pattern.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "*"): steps.append(.star)
      case UInt8(ascii: "?"): steps.append(.any)
      case UInt8(ascii: "["): steps.append(Self.readClass(&rest))
      case UInt8(ascii: "\\"): steps.append(.byte(rest.popFirst() ?? byte))
      default: steps.append(.byte(byte))
      }
    }
  }

  private static func readClass(_ rest: inout ArraySlice<UInt8>) -> Step {
    let isNegated = rest.first == UInt8(ascii: "^")
    if isNegated { rest.removeFirst() }
    var ranges: [ClosedRange<UInt8>] = []
    while let byte = rest.popFirst(), byte != UInt8(ascii: "]") {
      let low = byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte
      var high = low
      if rest.first == UInt8(ascii: "-"), rest.count > 1 {
        rest.removeFirst()
        high = rest.removeFirst()
      }
      ranges.append(min(low, high)...max(low, high))
    }
    return .oneOf(ranges, isNegated: isNegated)
  }

  func matches(_ name: String) -> Bool {
    let text = Array(name.utf8)
    var step = 0
    var position = 0
    var retry: (step: Int, position: Int)?
    while position < text.count {
      if step < steps.count, case .star = steps[step] {
        retry = (step, position)
        step += 1
      } else if step < steps.count, fits(steps[step], text[position]) {
        step += 1
        position += 1
      } else if let last = retry {
        retry = (last.step, last.position + 1)
        step = last.step + 1
        position = last.position + 1
      } else {
        return false
      }
    }
    return steps[step...].allSatisfy { if case .star = $0 { true } else { false } }
  }

  private func fits(_ step: Step, _ byte: UInt8) -> Bool {
    switch step {
    case .star, .any: true
    case .byte(let own): own == byte
    case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
    }
  }
}
