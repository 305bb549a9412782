// The program `kaluga`: the device manager, and the commands for it.
import ArgumentParser
import Dispatch
import Glibc
import Kaluga
import Octopus
import OctopusSystem

@main
enum Main {
  // Not async: that would start threads before signals are blocked.
  static func main() {
    do {
      // Safe: handed over to the task; nothing else uses it.
      nonisolated(unsafe) let command = try KalugaCommand.parseAsRoot()
      let signals = command is Run ? TerminationSignals() : nil
      Task.detached {
        do {
          try await execute(command, until: signals)
          exit(0)
        } catch {
          end(error)
        }
      }
    } catch {
      end(error)
    }
    // Not `dispatchMain`, which unblocks signals in this thread.
    DispatchSemaphore(value: 0).wait()
  }

  private static func execute(
    _ command: any ParsableCommand, until signals: TerminationSignals?
  ) async throws {
    var command = command
    if let run = command as? Run, let signals {
      try await run.serve(until: signals)
    } else if var command = command as? any AsyncParsableCommand {
      try await command.run()
    } else {
      try command.run()
    }
  }

  private static func end(_ error: any Error) -> Never {
    let (text, code) = (KalugaCommand.fullMessage(for: error), KalugaCommand.exitCode(for: error))
    if !text.isEmpty {
      (code.isSuccess ? StandardStream.output : .error).write(StyledText(text + "\n"))
    }
    exit(code == .validationFailure ? 2 : code.rawValue)
  }
}

struct KalugaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kaluga",
    abstract: "Run the right driver for each device of this machine.",
    discussion: """
      Devices are records, drivers are entries of a catalogue:

        kaluga --drivers /etc/kaluga &
        kaluga tree
        kaluga explain hw.pci.device.3

      Exit status: 0 done; 1 no such thing; 2 bad usage; 3 no server, or no kaluga.
      """,
    version: Version.current,
    subcommands: [
      Run.self, TreeCommand.self, Explain.self, Drivers.self, Logs.self, Start.self, Stop.self,
      Restart.self, Import.self,
    ],
    defaultSubcommand: Run.self)
}

struct ServerOptions: ParsableArguments, Sendable {
  @Option(
    help: "The server's Unix socket; else $OCTOPUS_SOCKET, else the default paths.",
    completion: .file())
  var socket: String?

  var address: OctopusClient.Address? { socket.map { .unix($0) } }

  func connect() async throws -> OctopusClient {
    do {
      return try await OctopusClient.connect(address, options: .init(name: "kaluga-command"))
    } catch {
      printError(error.description)
      throw ExitCode(3)
    }
  }
}

struct StateOptions: ParsableArguments, Sendable {
  @Option(
    name: .customLong("state-dir"),
    help: ArgumentHelp(
      "Where it keeps what outlives it.", discussion: "/run/kaluga, or $XDG_RUNTIME_DIR/kaluga."),
    completion: .directory)
  var directory: String?

  var path: String {
    if let directory { return directory }
    guard geteuid() != 0, let variable = getenv("XDG_RUNTIME_DIR"),
      let runtime = String(validatingCString: variable), runtime.utf8.first == UInt8(ascii: "/")
    else { return "/run/kaluga" }
    return runtime + "/kaluga"
  }
}

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Be the device manager: the default.",
    discussion: """
      On SIGTERM or SIGINT it ends all drivers and itself; on a second one only itself. When it is
      killed, drivers run on, and the next one takes them over.
      """)

  @Option(help: "The catalogue: a directory of TOML files.", completion: .directory)
  var drivers: String

  @Option(
    help: ArgumentHelp(
      "How long a driver is kept whose device's record has gone, while the device is there.",
      valueName: "seconds"))
  var grace = 5.0

  @Option(
    help: ArgumentHelp(
      "Where sysfs is mounted. Kaluga starts drivers only for devices found there.",
      valueName: "path"),
    completion: .directory)
  var sysfs = "/sys"

  @OptionGroup var server: ServerOptions
  @OptionGroup var state: StateOptions

  func validate() throws {
    guard (0...86_400).contains(grace) else {
      throw ValidationError("A grace time is from 0 to 86400 seconds.")
    }
  }

  /// Serves until the first of the signals has ended all drivers; a second one ends only Kaluga.
  func serve(until signals: TerminationSignals) async throws {
    // An ignored SIGCHLD would take away how guards ended.
    signal(SIGCHLD, SIG_DFL)
    if let socket = server.socket { setenv("OCTOPUS_SOCKET", try absolute(socket), 1) }
    let supervisor: Supervisor
    do {
      var configuration = Configuration(
        drivers: drivers, state: try absolute(state.path),
        guardProgram: try GuardProgram.installed(), address: server.address, log: printError)
      configuration.grace = Int64(grace * 1_000)
      configuration.sysfsRoot = try absolute(sysfs)
      supervisor = try Supervisor(configuration)
    } catch {
      printError("\(error)")
      throw ExitCode(1)
    }
    // Not a signal source of Dispatch: its handler raises the signal again, in a thread whose mask
    // it changes, and can go on doing so forever.
    try Thread("signals") {
      _ = signals.wait()
      Task { await supervisor.leave() }
      _ = signals.wait()
      _exit(0)
    }.detach()
    await supervisor.run()
  }
}

private func absolute(_ path: String) throws -> String {
  guard path.utf8.first != UInt8(ascii: "/"), let directory = getcwd(nil, 0) else { return path }
  defer { free(directory) }
  guard let directory = String(validatingCString: directory) else {
    throw ValidationError("'\(path)' is under a directory whose name is not UTF-8")
  }
  return directory + "/" + path
}

@Sendable func printError(_ text: String) { StandardStream.error.log("kaluga: \(text)") }
