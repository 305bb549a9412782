import OctopusSystem

/// Colours by what a thing is, as terminal escapes.
struct Colour: Sendable {
  let on: StaticString
  static let off: StaticString = "\u{1b}[0m"

  private init(_ on: StaticString) { self.on = on }

  static let name = Colour("\u{1b}[1;36m")
  static let attribute = Colour("\u{1b}[34m")
  static let number = Colour("\u{1b}[33m")
  static let text = Colour("\u{1b}[32m")
  static let boolean = Colour("\u{1b}[35m")
  static let appeared = Colour("\u{1b}[32m")
  static let vanished = Colour("\u{1b}[31m")
  static let changed = Colour("\u{1b}[33m")
  static let faint = Colour("\u{1b}[2m")
  static let error = Colour("\u{1b}[1;31m")
  static let prompt = Colour("\u{1b}[1;35m")

  func callAsFunction(_ text: StyledText) -> StyledText {
    StyledText(sequence: on) + text + StyledText(sequence: Self.off)
  }
}
