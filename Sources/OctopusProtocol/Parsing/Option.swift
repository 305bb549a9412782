/// The option words of commands. Which a command takes, its row in the table says.
enum Option: UInt8, CaseIterable, Sendable {
  case rev, trigger, persist, when
  case limit, after, cursor
  case nx, xx, `if`, transient, `return`
  case remove, add, all
  case gone, count, timeout, `defer`
  case shared, `as`, with, consume

  var word: String { "\(self)".uppercased() }

  private static let words = KeywordMap(allCases.map { (Keyword($0.word), $0.rawValue) })

  init?(_ word: Keyword) {
    guard let value = Self.words[word] else { return nil }
    self.init(rawValue: value)
  }
}

struct OptionMask: OptionSet, Sendable {
  let rawValue: UInt32
  init(rawValue: UInt32) { self.rawValue = rawValue }
  init(_ option: Option) { rawValue = 1 << UInt32(option.rawValue) }

  /// The options whose tokens stand among a command's arguments.
  init(of arguments: [ArgumentSpec]) {
    self = []
    for argument in arguments {
      if let token = argument.token, let option = Option(Keyword(token)) {
        insert(OptionMask(option))
      }
      formUnion(OptionMask(of: argument.parts))
    }
  }
}
