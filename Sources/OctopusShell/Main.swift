import ArgumentParser
import CChildProcesses
import Glibc
import OctopusSystem

// The program `octopus`: one command and its exit status, or the prompt.

@main
enum Main {
  static func main() {
    platform_remember_start()
    let status = run(Array(CommandLine.arguments.dropFirst()))
    if let signal = status.signal { platform_end_as_child(signal) }
    exit(status.code)
  }

  private static func run(_ arguments: [String]) -> ExitStatus {
    // What the completion scripts call has a form of its own.
    let isCompleting = arguments.first?.hasPrefix("---") ?? false
    do {
      switch try OctopusCommand.parseAsRoot(isCompleting ? arguments : bracesJoined(arguments)) {
      case let command as any ShellCommand: return perform(command)
      case let root as OctopusCommand: return Prompt.run(server: root.server, format: root.format)
      case var other:
        try other.run()
        return .done
      }
    } catch {
      return explain(error)
    }
  }

  private static func perform(_ command: some ShellCommand) -> ExitStatus {
    let output = Output(
      isJSON: command.format.json, isColoured: command.format.color.isOn(for: .output)
    ) { StandardStream.output.write($0) }
    let outcome = BlockingRunner().run { () -> CommandContext.Outcome in
      do {
        let input = try command.read()
        let octopus = try await connect(to: command.server)
        let context = CommandContext(octopus: octopus, server: command.server, output: output)
        let outcome = await context.outcome(of: command, input)
        octopus.close()
        return outcome
      } catch {
        return .failure(CommandError(error))
      }
    }
    switch outcome {
    case .success(let status): return status
    case .failure(let failure):
      failure.show(in: command.format)
      return failure.status
    }
  }

  /// Help goes to standard output, bad usage to standard error.
  private static func explain(_ error: any Error) -> ExitStatus {
    if let failure = error as? CommandError {
      StandardStream.error.write(failure.shown(in: false))
      return failure.status
    }
    let text = StyledText(OctopusCommand.fullMessage(for: error) + "\n")
    guard OctopusCommand.exitCode(for: error).isSuccess else {
      StandardStream.error.write(text)
      return .badUsage
    }
    StandardStream.output.write(text)
    return .done
  }
}
