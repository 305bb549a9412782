import Generators

extension Random {
  /// The numbers of every benchmark: random to look at, and the same in each run.
  static var ofBenchmarks: Random { Random(seed: 20_121) }

  /// A number below `count`, uniformly distributed.
  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

  /// A text of as and bs, which leads a regular expression to most of its states.
  static func letters(_ count: Int) -> String {
    var random = Random.ofBenchmarks
    return String((0..<count).map { _ in random.below(2) == 0 ? "a" : "b" })
  }
}

/// Texts made beforehand, one after the other in memory, so that using them costs nothing.
struct PreparedTexts {
  private var bytes: [UInt8] = []
  private var ends: [Int] = [0]

  /// So that the records that they name do not fit into a processor's caches.
  static let count = 1 << 17

  init(_ texts: some Sequence<String>) {
    for text in texts {
      bytes += text.utf8
      ends.append(bytes.count)
    }
  }

  /// Each text is made from a number below `range`, drawn uniformly.
  init(drawnBelow range: Int, _ text: (Int) -> String) {
    var random = Random.ofBenchmarks
    self.init((0..<Self.count).map { _ in text(random.below(range)) })
  }

  /// The text of call `turn`; after the last comes the first.
  func withText<Result>(
    _ turn: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    let index = turn % (ends.count - 1)
    return bytes.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[ends[index]..<ends[index + 1]]))
    }
  }
}
