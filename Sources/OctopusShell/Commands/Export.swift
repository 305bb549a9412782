import ArgumentParser
import Octopus

// export: all records that `octopus import` can set again.

struct Export: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Print the records that import can set again.",
    discussion: """
        octopus export > saved
        octopus export "r'^vlan'" --json

      In natural order of names, one a line. It leaves out what is no state to set
      again: the records of locks, semaphores and barriers, and names that begin
      with hw., kaluga. or octopus. It cannot tell transient records, and prints
      them.

      If one step of the server can read the records, they are of one moment.
      Otherwise they are read in pages; standard error says so.

      Exit status 1 if there is nothing to print.
      """)

  @Argument(
    help: ArgumentHelp("The query; without one, every record.", valueName: "query"),
    completion: .recordNames)
  var words: [String] = []
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func read() throws(CommandError) -> Query { try query(words.isEmpty ? ["_"] : words) }

  func run(_ query: Query, in context: CommandContext) async throws -> ExitStatus {
    var isFound = false
    func show(_ records: [Record]) {
      let exported = records.filter(\.isExported)
      isFound = isFound || !exported.isEmpty
      context.output.records(exported)
    }
    do throws(OctopusError) {
      show(try await context.octopus.run(.find(query)))
    } catch {
      guard error.code == .limit else { throw error }
      context.note("more records than one step can read: they are of several moments")
      var page: [Record] = []
      for try await record in context.octopus.pages(query, size: PageOptions.size) {
        page.append(record)
        guard page.count == PageOptions.size else { continue }
        show(page)
        page = []
      }
      show(page)
    }
    return isFound ? .done : .notFound
  }
}
