// Numbers that look random and are the same every time.

/// SplitMix64.
struct Draw: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64 = 20_121) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// A number below `count`, each as likely.
  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}

/// Texts made beforehand, one after the other in memory, so that handing them out costs nothing.
struct Texts {
  private var bytes: [UInt8] = []
  private var ends: [Int] = [0]

  /// Enough that the records which they name do not fit into a processor's caches.
  static let many = 1 << 17

  init(_ texts: some Sequence<String>) {
    for text in texts {
      bytes += text.utf8
      ends.append(bytes.count)
    }
  }

  /// So many texts, each made from a number below `range`, drawn uniformly.
  init(drawnBelow range: Int, _ text: (Int) -> String) {
    var draw = Draw()
    self.init((0..<Self.many).map { _ in text(draw.below(range)) })
  }

  /// The text of a turn; after the last comes the first.
  func withText<Result>(
    _ turn: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    let place = turn % (ends.count - 1)
    return bytes.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[ends[place]..<ends[place + 1]]))
    }
  }
}
