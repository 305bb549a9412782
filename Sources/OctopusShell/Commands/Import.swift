import ArgumentParser
import Octopus
import OctopusRecords
import OctopusSystem

// import: sets the records of a file, in one transaction if they fit into one.

struct Import: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Set all records of a file in one transaction.",
    discussion: """
        octopus import saved
        octopus export | octopus --socket s import
        octopus import saved --dry-run
        octopus import vlans --replace "r'^vlan'"          deletes all other VLANs

      A line is a record as text, or as JSON if it begins with a brace; blank
      lines are skipped. All lines are read before the first record is set. A line
      that is no record, a second record of a name, and a record of a lock, a
      semaphore or a barrier are errors.

      Records that are more than the server takes in one transaction are set in
      several, in the order of the file; standard error says so.

      With --dry-run it prints `+ record` for a new record, and `- record` and
      `+ record` for one that would change. Standard error counts them.

      With --replace it also deletes the records that export would print for the
      query and the file does not have, transient ones included.
      """)

  @Argument(
    help: ArgumentHelp("The file; without one, standard input.", valueName: "file"),
    completion: .file())
  var file: String?
  @Flag(help: "Change nothing, and print what would change.") var dryRun = false
  @Option(
    help: ArgumentHelp("Delete what matches and is not in the file.", valueName: "query"),
    completion: .recordNames)
  var replace: String?
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  /// What the file says, and which records are to be deleted unless it has them.
  struct Plan: Sendable {
    let lines: RecordLines
    let replaced: Query?
  }

  var readsStandardInput: Bool { file == nil }

  func read() throws(CommandError) -> Plan {
    let replaced = try replace.map { (text) throws(CommandError) in try query([text]) }
    let text: [UInt8]
    do throws(SystemError) {
      text =
        if let file {
          try readFile(ByteString(file), limit: .max, isRegular: false).bytes
        } else { try readStandardInput() }
    } catch {
      throw CommandError(error)
    }
    let source = file ?? "standard input"
    let lines = try RecordLines(text, from: source, isJSON: format.json)
    return Plan(lines: lines, replaced: replaced)
  }

  func run(_ plan: Plan, in context: CommandContext) async throws -> ExitStatus {
    var deleted: [Record] = []
    if let replaced = plan.replaced {
      for try await record in context.octopus.pages(replaced)
      where record.isExported && !plan.lines.contains(record) {
        deleted.append(record)
      }
    }
    if dryRun {
      try await preview(plan, deleting: deleted, in: context)
    } else {
      try await carryOut(plan, deleting: deleted, in: context)
      context.output.acknowledge()
    }
    return .done
  }

  private func preview(
    _ plan: Plan, deleting deleted: [Record], in context: CommandContext
  ) async throws {
    var (new, changed, equal) = (0, 0, 0)
    try await context.octopus.inTransactions(plan.lines.records) { record in
      .get(record.nameQuery)
    } then: { records, held in
      for (record, before) in zip(records, held) where record != before {
        if before == nil { new += 1 } else { changed += 1 }
        context.output.difference(from: before, to: record)
      }
      equal += zip(records, held).count { $0 == $1 }
    }
    for record in deleted { context.output.difference(from: record, to: nil) }
    let deletions = plan.replaced == nil ? "" : ", \(deleted.count) deleted"
    context.note("\(new) new, \(changed) changed, \(equal) equal" + deletions)
  }

  private func carryOut(
    _ plan: Plan, deleting deleted: [Record], in context: CommandContext
  ) async throws {
    let all = plan.lines.records + deleted
    var (done, transactions) = (0, 0)
    do {
      try await context.octopus.inTransactions(all) { record in
        plan.lines.contains(record)
          ? OctopusClient.Command.set(Write(record)).withoutAnswer
          : OctopusClient.Command.delete(record.nameQuery).withoutAnswer
      } then: { records, _ in
        done += records.count
        transactions += 1
      }
    } catch {
      guard transactions > 0 else { throw error }
      let failure = CommandError(error)
      throw CommandError(
        "\(failure.text)\nBefore that, \(done) of \(all.count) records were changed.",
        failure.status)
    }
    guard transactions > 1 else { return }
    context.note("\(done) records in \(transactions) transactions: one does not take them all")
  }
}

extension OctopusClient {
  /// Carries out a command for each record, in order and in as few transactions as the server's
  /// limits allow. `then` gets the records of each transaction and the answers.
  fileprivate func inTransactions<Value>(
    _ records: [Record], _ command: (Record) -> Command<Value>,
    then: (ArraySlice<Record>, [Value]) -> Void
  ) async throws(OctopusError) {
    var rest = records[...]
    var most = SessionLimits.transactionCommands
    while !rest.isEmpty {
      var bytes = 0
      let part = rest.prefix(most).prefix { record in
        bytes += record.textCount
        return bytes <= SessionLimits.transactionBytes
      }
      do throws(OctopusError) {
        then(part, try await transaction(part.map(command)))
        rest = rest[part.endIndex...]
      } catch {
        // How much work a step may do is the server's to say.
        guard error.code == .limit, part.count > 1 else { throw error }
        most = part.count / 2
      }
    }
  }
}

extension Record {
  fileprivate var nameQuery: Query { withContents { Query(exactName: $0.name) } }
}
