import OctopusEngine
import RESP

/// The one table of commands, looked up by name: arity checks, options, hints, help and
/// documentation all come from it.
// A class, so that it is looked into without a copy of its parts.
package final class CommandTable: Sendable {
  package static let standard = CommandTable(
    CommandSpec.recordRows + CommandSpec.watchingRows + CommandSpec.transactionRows
      + CommandSpec.coordinationRows + CommandSpec.connectionRows + CommandSpec.serverRows)

  /// In the order of `CommandName`.
  package let rows: [CommandSpec]

  /// What a look-up needs, apart from the rows, so that it touches little memory.
  private struct Entry {
    var name: CommandName
    var arity: Int
    var options: OptionMask
    var isSubcommand: Bool
    var subcommands: KeywordMap?
  }

  private let entries: [Entry]
  private let words: KeywordMap

  private init(_ unordered: [CommandSpec]) {
    let rows = unordered.sorted { $0.name.rawValue < $1.name.rawValue }
    precondition(rows.map(\.name) == CommandName.allCases, "a row for each command")
    self.rows = rows
    entries = rows.map { row in
      let ours = rows.filter { $0.subcommandWords?.container == row.text }
      let words = ours.map { (keyword: Keyword($0.subcommandWords!.own), value: $0.name.rawValue) }
      return Entry(
        name: row.name, arity: row.arity, options: OptionMask(of: row.arguments),
        isSubcommand: row.subcommandWords != nil,
        subcommands: ours.isEmpty ? nil : KeywordMap(words))
    }
    words = KeywordMap(
      rows.filter { $0.subcommandWords == nil }.map { (Keyword($0.text), $0.name.rawValue) })
  }

  package subscript(name: CommandName) -> CommandSpec { rows[Int(name.rawValue)] }

  func options(of name: CommandName) -> OptionMask { entries[Int(name.rawValue)].options }

  /// Whether a command's name is two words.
  func isSubcommand(_ name: CommandName) -> Bool { entries[Int(name.rawValue)].isSubcommand }

  /// The rows of commands that are not subcommands.
  package var commands: [CommandSpec] { rows.filter { $0.subcommandWords == nil } }

  /// The rows of a command's subcommands.
  package func subcommands(of name: CommandName) -> [CommandSpec] {
    let text = self[name].text
    return rows.filter { $0.subcommandWords?.container == text }
  }
}

extension CommandTable {
  /// Finds the command, or subcommand, that a request names, and checks how many arguments it has.
  ///
  /// - Throws: ERR, in Redis's words.
  package func identify(_ request: Request) throws(Failure) -> CommandName {
    guard !request.isEmpty, let index = words[request.word(0)] else {
      throw .unknownCommand(request)
    }
    guard request.count > 1, let subcommands = entries[Int(index)].subcommands else {
      return try checkArity(of: Int(index), request)
    }
    guard let index = subcommands[request.word(1)] else {
      throw .unknownSubcommand(request)
    }
    return try checkArity(of: Int(index), request)
  }

  @inline(__always)
  private func checkArity(of index: Int, _ request: Request) throws(Failure) -> CommandName {
    let arity = entries[index].arity
    guard arity < 0 ? request.count >= -arity : request.count == arity else {
      throw .wrongArity(entries[index].name)
    }
    return entries[index].name
  }

  /// Finds a command by its name alone, in any case: `get`, `client|list`.
  package func find(_ name: some Collection<UInt8>) -> CommandName? {
    let text = String(decoding: name, as: UTF8.self).lowercased()
    return rows.first { $0.text == text }?.name
  }
}

extension Request {
  @inline(__always)
  func word(_ index: Int) -> Keyword { withBytes(of: index) { Keyword($0) } }
}
