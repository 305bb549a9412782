import CSQLite

/// SQLite in memory, with records whose attributes are rows of an indexed table.
final class Database {
  enum Cell {
    case integer(Int64)
    case float(Double)
    case text(String)
  }

  private var connection: OpaquePointer?
  private let addRecord: Statement
  private let addAttribute: Statement
  private let removeRecord: Statement
  private let removeAttributes: Statement

  init() {
    check(sqlite3_open(":memory:", &connection))
    let connection = connection!
    run(connection, "CREATE TABLE record (id INTEGER PRIMARY KEY, name TEXT UNIQUE, text TEXT)")
    run(connection, "CREATE TABLE attribute (record INTEGER, key TEXT, value)")
    run(connection, "CREATE INDEX attributes ON attribute (key, value, record)")
    addRecord = Statement(connection, "INSERT INTO record VALUES (?, ?, ?)")
    addAttribute = Statement(connection, "INSERT INTO attribute VALUES (?, ?, ?)")
    removeRecord = Statement(connection, "DELETE FROM record WHERE id = ?")
    removeAttributes = Statement(
      connection,
      "DELETE FROM attribute WHERE key = ? AND value = ? AND record = ?")
  }

  deinit {
    for statement in [addRecord, addAttribute, removeRecord, removeAttributes] {
      statement.finish()
    }
    sqlite3_close_v2(connection)
  }

  func transaction(_ body: () -> Void) {
    run(connection!, "BEGIN")
    body()
    run(connection!, "COMMIT")
  }

  func add(_ id: Int, _ name: String, _ attributes: [(String, Cell)], text: String) {
    _ = addRecord.row([.integer(Int64(id)), .text(name), .text(text)])
    for (key, value) in attributes {
      _ = addAttribute.row([.integer(Int64(id)), .text(key), value])
    }
  }

  func remove(_ id: Int, _ attributes: [(String, Cell)]) {
    _ = removeRecord.row([.integer(Int64(id))])
    for (key, value) in attributes {
      _ = removeAttributes.row([.text(key), value, .integer(Int64(id))])
    }
  }

  /// A query for the text of the first record that has `count` given attributes.
  func query(_ count: Int) -> Statement {
    let others = (1..<count).map {
      "JOIN attribute a\($0) ON a\($0).record = a0.record AND a\($0).key = ? AND a\($0).value = ?"
    }
    return Statement(
      connection!,
      """
      SELECT record.text FROM attribute a0 \(others.joined(separator: " "))
      JOIN record ON record.id = a0.record WHERE a0.key = ? AND a0.value = ? LIMIT 1
      """)
  }
}

/// A prepared statement.
final class Statement {
  private let pointer: OpaquePointer?

  init(_ connection: OpaquePointer, _ text: String) {
    var pointer: OpaquePointer?
    check(sqlite3_prepare_v2(connection, text, -1, &pointer, nil))
    self.pointer = pointer
  }

  func finish() { sqlite3_finalize(pointer) }

  /// Runs it; returns the text of the first row.
  func row(_ cells: [Database.Cell]) -> [UInt8]? {
    for (index, cell) in zip(CInt(1)..., cells) {
      switch cell {
      case .integer(let value): check(sqlite3_bind_int64(pointer, index, value))
      case .float(let value): check(sqlite3_bind_double(pointer, index, value))
      case .text(var value):
        // SQLITE_TRANSIENT: it copies the text before this returns.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        value.withUTF8 { bytes in
          bytes.withMemoryRebound(to: CChar.self) {
            check(sqlite3_bind_text(pointer, index, $0.baseAddress, CInt($0.count), transient))
          }
        }
      }
    }
    defer { sqlite3_reset(pointer) }
    guard sqlite3_step(pointer) == SQLITE_ROW, let text = sqlite3_column_text(pointer, 0) else {
      return nil
    }
    return Array(UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(pointer, 0))))
  }
}

private func run(_ connection: OpaquePointer, _ text: String) {
  check(sqlite3_exec(connection, text, nil, nil, nil))
}

private func check(_ result: CInt) {
  precondition(result == SQLITE_OK, String(cString: sqlite3_errstr(result)))
}
