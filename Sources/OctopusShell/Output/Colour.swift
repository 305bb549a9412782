/// Colours by what a thing is, as terminal escapes.
struct Colour: Sendable {
  let on: String
  static let off = "\u{1b}[0m"

  private init(_ code: String) { on = "\u{1b}[\(code)m" }

  static let name = Colour("1;36")
  static let attribute = Colour("34")
  static let number = Colour("33")
  static let text = Colour("32")
  static let boolean = Colour("35")
  static let appeared = Colour("32")
  static let vanished = Colour("31")
  static let changed = Colour("33")
  static let faint = Colour("2")
  static let error = Colour("1;31")
  static let prompt = Colour("1;35")

  func callAsFunction(_ text: String) -> String { on + text + Self.off }
}
