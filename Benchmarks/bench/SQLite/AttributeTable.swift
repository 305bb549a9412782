/// Records with five random attributes in SQLite, and a prepared query for the one record that has
/// five given ones.
final class AttributeTable {
  private let database = Database()
  private let wanted: [(String, Database.Cell)]
  private let query: Statement
  private let bound: [Database.Cell]

  init(for wanted: [(name: String, value: String)]) {
    self.wanted = wanted.map { ($0.name, Self.cell($0.value)) }
    query = database.query(wanted.count)
    // The statement names its first table last.
    bound = (self.wanted.dropFirst() + self.wanted.prefix(1)).flatMap { [.text($0.0), $0.1] }
  }

  deinit { query.finish() }

  /// Adds a record for each of these numbers.
  func add(
    _ numbers: Range<Int>,
    _ record: (Int) -> (name: String, attributes: [(name: String, value: Int)], text: String)
  ) {
    database.transaction {
      for number in numbers {
        let (name, attributes, text) = record(number)
        database.add(
          number, name, attributes.map { ($0.name, .integer(Int64($0.value))) }, text: text)
      }
    }
  }

  func addWanted(_ number: Int, _ name: String, text: String) {
    database.add(number, name, wanted, text: text)
  }

  func removeWanted(_ number: Int) {
    database.remove(number, wanted)
  }

  /// The text of the wanted record.
  func find() -> [UInt8] {
    guard let text = query.row(bound) else {
      preconditionFailure("SQLite does not find the record")
    }
    return text
  }

  private static func cell(_ literal: String) -> Database.Cell {
    if let integer = Int64(literal) { return .integer(integer) }
    if let float = Double(literal) { return .float(float) }
    return .text(String(literal.dropFirst().dropLast()))
  }
}
