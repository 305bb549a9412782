import ArgumentParser
import Glibc
import Octopus
import OctopusSystem

/// The prompt: commands as on the command line, without the shell's quoting; what is watched runs
/// on in the background and shows its events above the line being typed.
///
/// Without a terminal it carries out the lines of standard input.
final class Prompt {
  private let server: ServerOptions
  private let format: OutputOptions
  private let isInteractive = isatty(0) == 1 && isatty(1) == 1
  private let screen = Screen()
  private let runner = BlockingRunner()
  private let jobs: BackgroundJobs
  private var octopus: OctopusClient?
  private var status = ExitStatus.done

  private init(server: ServerOptions, format: OutputOptions) {
    self.server = server
    self.format = format
    jobs = BackgroundJobs(screen: screen)
  }

  /// Runs until the end of the input; answers how the last command ended.
  static func run(server: ServerOptions, format: OutputOptions) -> ExitStatus {
    let prompt = Prompt(server: server, format: format)
    guard prompt.connection() != nil else { return prompt.status }
    prompt.isInteractive ? prompt.readTerminal() : prompt.readInput()
    prompt.close()
    return prompt.status
  }

  private func readInput() {
    while let line = readLine(), perform(line) {}
  }

  private func readTerminal() {
    let signals = Signals(screen: screen, runner: runner)
    let history = History()
    let completion = Completion { [unowned self] in names(startingWith: $0) }
    let editor = LineEditor(
      prompt: "octopus>", colour: format.color.isOn(for: .output) ? .prompt : nil, screen: screen,
      history: history.load(), complete: completion.candidates)
    screen.show("`help` lists the commands, Tab completes, Ctrl-D ends.\n")
    withExtendedLifetime(signals) {
      while let line = editor.read() {
        guard !line.isEmpty else { continue }
        editor.remember(line)
        history.append(line)
        guard perform(line) else { break }
      }
    }
  }

  private func close() {
    _ = jobs.stop()
    octopus?.close()
  }

  // MARK: Commands

  /// Carries out a line; false once it says to end.
  private func perform(_ line: String) -> Bool {
    let words = words(of: line)
    switch words.first {
    case nil: break
    case "exit", "quit": return false
    case "help" where words.count == 1: screen.show(StyledText(Self.help))
    case "stop": stop(words.dropFirst().first)
    default: perform(words)
    }
    return true
  }

  private func perform(_ words: [String]) {
    do {
      var parsed = try OctopusCommand.parseAsRoot(words)
      guard let command = parsed as? any ShellCommand else { return try parsed.run() }
      guard !command.server.isGiven else {
        throw ValidationError("The prompt has its server; for another start another prompt.")
      }
      guard !words.contains("--") else {
        throw ValidationError("The prompt keeps the terminal; run programs from the command line.")
      }
      guard !command.readsStandardInput else {
        throw ValidationError(
          "The prompt keeps its input; give the record or the file as an argument.")
      }
      perform(command)
    } catch {
      let text = StyledText(OctopusCommand.fullMessage(for: error) + "\n")
      let isHelp = OctopusCommand.exitCode(for: error).isSuccess
      status = isHelp ? .done : .badUsage
      isHelp ? screen.show(text) : showError(text)
    }
  }

  private func perform(_ command: some ShellCommand) {
    do throws(CommandError) {
      perform(command, try command.read())
    } catch {
      report(error)
    }
  }

  private func perform<Command: ShellCommand>(_ command: Command, _ input: Command.Input) {
    guard let octopus = connection() else { return }
    let output = Output(
      isJSON: format.json || command.format.json, isColoured: format.color.isOn(for: .output),
      isPrompt: isInteractive
    ) { [screen] in screen.show($0) }
    let context = CommandContext(octopus: octopus, server: server, output: output)
    if isInteractive, command.runsInBackground {
      status = .done
      return jobs.start(command, input, in: context)
    }
    switch runner.run({ await context.outcome(of: command, input) }) {
    case .success(let status): self.status = status
    case .failure(let failure): report(failure)
    }
  }

  private func stop(_ number: String?) {
    let isStopped =
      number.map { Int($0).map { jobs.stop($0) } ?? false } ?? jobs.stop()
    status = isStopped ? .done : .notFound
    if !isStopped { screen.show("Nothing of this number runs.\n") }
  }

  // MARK: The connection

  /// The connection; made again if it was lost. Without a server says so, and is nil.
  private func connection() -> OctopusClient? {
    if let octopus, !octopus.isClosed { return octopus }
    let server = server
    let made = runner.run { () -> Result<OctopusClient, CommandError> in
      do { return .success(try await connect(to: server)) } catch {
        return .failure(CommandError(error))
      }
    }
    switch made {
    case .success(let made): octopus = made
    case .failure(let failure):
      octopus = nil
      report(failure)
    }
    return octopus
  }

  private func names(startingWith prefix: String) -> [String] {
    guard let octopus else { return [] }
    // They come to stand in the line, which is edited and read again.
    return runner.run { await namesInText(startingWith: prefix, in: octopus) }
      .map { $0.escaped(keepingLayout: false) }
  }

  private func report(_ failure: CommandError) {
    status = failure.status
    guard status != .interrupted else { return }
    showError(failure.shown(in: format.color.isOn(for: .error)))
  }

  private func showError(_ text: StyledText) {
    isInteractive ? screen.show(text) : StandardStream.error.write(text)
  }

  private static let help = """
    Reading   get names find count exists     a name, r'regex' or _, { constraints }
    Writing   set setseq update del           a name, { attributes }
    Files     export import
    Waiting   wait watch publish subscribe
    Services  register lookup
    Server    explain info clients monitor
    Here      help [command]    stop [number] what runs on    exit, or Ctrl-D

      set service.pci { state: ready, port: 7 }
      find r'^hw\\.pci\\.' { class: 0x0c, bus >= 1 }
      watch _ { state: _ }

    """
}
