import Octopus
import OctopusRecords
import OctopusSystem

/// Where a command's results go, and in what form: a line each, as text or as JSON.
struct Output: Sendable {
  let isJSON: Bool
  let isColoured: Bool
  /// At the prompt a command that prints nothing else confirms that it was done.
  let isPrompt: Bool
  /// Takes whole lines.
  let emit: @Sendable (StyledText) -> Void

  init(
    isJSON: Bool, isColoured: Bool, isPrompt: Bool = false,
    emit: @escaping @Sendable (StyledText) -> Void
  ) {
    self.isJSON = isJSON
    self.isColoured = isColoured
    self.isPrompt = isPrompt
    self.emit = emit
  }

  /// The same, with its lines somewhere else.
  init(_ other: Output, emit: @escaping @Sendable (StyledText) -> Void) {
    (isJSON, isColoured, isPrompt) = (other.isJSON, other.isColoured, other.isPrompt)
    self.emit = emit
  }

  func line(_ text: String) { line(StyledText(word: text)) }

  private func line(_ text: StyledText) { emit(text + "\n") }

  /// A line, or several.
  func text(_ text: String) { line(StyledText(text)) }

  func record(_ record: Record, revision: Int64? = nil) {
    if isJSON {
      line(revision.map { "{\"revision\":\($0)," + record.json.dropFirst() } ?? record.json)
    } else {
      line(StyledText(revision.map { "\($0) " } ?? "") + text(of: record))
    }
  }

  func records(_ records: [Record]) {
    // One write for a page.
    emit(records.map { (isJSON ? StyledText($0.json) : text(of: $0)) + "\n" }.joined())
  }

  /// A name as it stands in queries; in JSON the name itself.
  func names(_ names: [String]) {
    emit(
      names.map { (isJSON ? StyledText(jsonString($0)) : paint(.name, nameText($0))) + "\n" }
        .joined())
  }

  func number(_ number: some BinaryInteger) { line(String(number)) }

  /// Done, and nothing to show for it.
  func acknowledge() {
    if isPrompt, !isJSON { line("OK") }
  }

  /// Text of several lines, as it is.
  func lines(of text: String) {
    emit(
      text.split(whereSeparator: \.isNewline).map { StyledText(word: String($0)) + "\n" }.joined())
  }

  /// Names and values: a line each, or one JSON object in which numbers are numbers.
  func fields(_ fields: [(name: String, value: String)]) {
    if isJSON {
      let members = fields.map { name, value in
        "\(jsonString(name)):\(Int64(value).map(String.init) ?? jsonString(value))"
      }
      line("{" + members.joined(separator: ",") + "}")
    } else {
      let width = fields.map(\.name.count).max() ?? 0
      for (name, value) in fields {
        let padding = String(repeating: " ", count: width - name.count)
        line(paint(.attribute, name) + StyledText(word: padding + "  " + value))
      }
    }
  }

  /// Prints the records that exist when a watch begins.
  func existing(_ records: some Sequence<Record>, revision: Int64) {
    for record in records { event("existing", .faint, record, revision, previous: nil) }
  }

  /// What happened to a record.
  func change(_ change: OctopusClient.Change) {
    let (word, colour): (String, Colour) =
      switch change.kind {
      case .existing: ("existing", .faint)
      case .set: ("set", change.previous == nil ? .appeared : .changed)
      case .deleted: ("del", .vanished)
      case .out: ("out", .vanished)
      }
    event(word, colour, change.record, change.revision, previous: change.previous)
  }

  /// How a record would change: `- record` as it is, `+ record` as it would be.
  func difference(from before: Record?, to after: Record?) {
    if isJSON {
      let records = [("before", before), ("after", after)].map { name, record in
        "\"\(name)\":\(record?.json ?? "null")"
      }
      line("{" + records.joined(separator: ",") + "}")
    } else {
      if let before { line(paint(.vanished, "-") + " " + text(of: before)) }
      if let after { line(paint(.appeared, "+") + " " + text(of: after)) }
    }
  }

  private func event(
    _ word: String, _ colour: Colour, _ record: Record, _ revision: Int64, previous: Int64?
  ) {
    if isJSON {
      let before = previous.map { ",\"previous\":\($0)" } ?? ""
      line("{\"event\":\"\(word)\",\"revision\":\(revision)\(before),\"record\":\(record.json)}")
    } else {
      let padding = String(repeating: " ", count: 8 - word.count)
      line(paint(colour, word) + StyledText(padding + " ") + text(of: record))
    }
  }

  private func paint(_ colour: Colour, _ text: String) -> StyledText {
    let text = StyledText(word: text)
    return isColoured ? colour(text) : text
  }

  private func text(of record: Record) -> StyledText {
    guard isColoured else { return StyledText(word: record.description) }
    var text = paint(.name, nameText(record.name))
    var separator = " { "
    for (name, value) in record.attributes {
      text += StyledText(separator) + paint(.attribute, nameText(name)) + ": "
      text += paint(value.colour, value.description)
      separator = ", "
    }
    return text + (record.attributes.isEmpty ? " {}" : " }")
  }
}

extension Value {
  fileprivate var colour: Colour {
    switch self {
    case .integer, .float: .number
    case .boolean: .boolean
    case .string, .symbol: .text
    }
  }
}

/// A name as text has it: quoted where it must be.
func nameText(_ name: String) -> String {
  var text: [UInt8] = []
  var name = name
  name.withUTF8 { text.append(name: $0) }
  return String(decoding: text, as: UTF8.self)
}
