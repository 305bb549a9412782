// Commands that only read records, logs and files: tree, logs, import.
import ArgumentParser
import DeviceSchema
import Glibc
import Kaluga
import Octopus
import OctopusSystem

struct TreeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree", abstract: "Draw the devices with their drivers.")

  @Flag(help: "Draw it again whenever something changes.") var watch = false
  @OptionGroup var server: ServerOptions

  private static let query: Octopus.Query = "r'^(hw|kaluga)\\.'"

  func run() async throws {
    let octopus = try await server.connect()
    do {
      while true {
        let observed = try await octopus.observe(Self.query)
        draw(try await octopus.find(Self.query))
        guard watch else { return }
        var changes = observed.changes.makeAsyncIterator()
        // A burst of changes is drawn once.
        guard try await changes.next() != nil else { return }
        try await Task.sleep(for: .milliseconds(50))
      }
    } catch let error as OctopusError {
      printError(error.description)
      throw ExitCode(3)
    }
  }

  private func draw(_ records: [Octopus.Record]) {
    let isTerminal = StandardStream.output.isTerminal
    let tree = DeviceTree(
      devices: records.filter {
        $0.name.utf8.starts(with: DeviceRecords.namePrefix.utf8) && $0[.syspath] != nil
      },
      instances: records.filter { $0.name.utf8.starts(with: "kaluga.".utf8) })
    let text = tree.lines(isColoured: isTerminal && getenv("NO_COLOR") == nil)
      .map { $0 + "\n" }.joined()
    // Over the former tree: cursor to the upper left, and clear.
    let clear = StyledText(sequence: "\u{1b}[H\u{1b}[2J")
    StandardStream.output.write(watch && isTerminal ? clear + text : text)
  }
}

struct Logs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what an instance has said: as much of it as is kept.")

  @Argument(help: "An instance, or its number.") var instance: String
  @OptionGroup var state: StateOptions

  func run() throws {
    guard let number = InstanceRecord.number(instance) ?? instance.utf8.number(Int.self) else {
      throw ValidationError("'\(instance)' is no instance: see kaluga tree")
    }
    let path = "\(state.path)/log/\(number)"
    if let older = try? readFile(ByteString(path + ".1")) {
      StandardStream.output.write(older.bytes)
    }
    do {
      StandardStream.output.write(try readFile(ByteString(path)).bytes)
    } catch {
      printError("\(error)")
      throw ExitCode(1)
    }
  }
}

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Turn a modules.alias into a catalogue, on standard output.")

  @Argument(help: "The file, such as /lib/modules/$(uname -r)/modules.alias.") var file: String

  @Option(help: "What loads a module, in one text; {module} is its name.")
  var exec = "modprobe --use-blacklist {module}"

  func run() throws {
    do {
      let words = exec.split(separator: " ").map(String.init)
      guard !words.isEmpty else { throw ValidationError("--exec is empty") }
      let modules = ModulesAlias(try readFile(ByteString(file), isRegular: false))
      StandardStream.output.write(StyledText(modules.catalogue(exec: words)))
      for problem in modules.problems { printError("\(file):\(problem.line): \(problem.message)") }
    } catch let failure as SystemError {
      printError("\(failure)")
      throw ExitCode(1)
    }
  }
}
