// Random bytes, and random damage to bytes.

import TestSupport

extension Random {
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  mutating func bytes(_ count: Int, from alphabet: [UInt8]? = nil) -> [UInt8] {
    (0..<count).map { _ in
      alphabet?.randomElement(using: &self) ?? UInt8.random(in: 0...255, using: &self)
    }
  }

  /// The bytes in pieces of random lengths.
  mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + 1 + below(below(20) + 1))
      pieces.append(Array(bytes[start..<end]))
      start = end
    }
    return pieces
  }

  /// The bytes with a few of them changed, dropped or doubled.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<(1 + below(3)) where !bytes.isEmpty {
      let index = below(bytes.count)
      switch below(4) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &self)
      case 1:
        bytes[index] = Array("0123456789-+$*%~>|_,#(=!:\r\n\"'\\ ".utf8)
          .randomElement(using: &self)!
      case 2: bytes.remove(at: index)
      default: bytes.insert(bytes[index], at: index)
      }
    }
    return bytes
  }
}
