import OctopusSystem

/// Commands that run on while the user types further lines at the prompt, by number.
final class BackgroundJobs: Sendable {
  private struct State {
    var tasks: [Int: Task<Void, Never>] = [:]
    var last = 0
  }

  private let state = Mutex(State())
  private let screen: Screen

  init(screen: Screen) { self.screen = screen }

  func start<Command: ShellCommand>(
    _ command: Command, _ input: Command.Input, in context: CommandContext
  ) {
    // Under the lock, so that the task finds itself in the table when it ends.
    let number = state.withLock { state in
      state.last += 1
      let number = state.last
      state.tasks[number] = Task { await self.run(number, command, input, in: context) }
      return number
    }
    screen.show(StyledText("[\(number)] runs; `stop \(number)` ends it.\n"))
  }

  private func run<Command: ShellCommand>(
    _ number: Int, _ command: Command, _ input: Command.Input, in context: CommandContext
  ) async {
    let label = context.output.isJSON ? "" : "[\(number)] "
    let output = Output(context.output) { [screen] lines in
      screen.show(lines.lines.map { StyledText(label) + $0 + "\n" }.joined())
    }
    let context = CommandContext(octopus: context.octopus, server: context.server, output: output)
    let outcome = await context.outcome(of: command, input)
    _ = state.withLock { $0.tasks.removeValue(forKey: number) }
    if case .failure(let failure) = outcome, failure.status != .interrupted {
      screen.show(StyledText(label) + failure.shown(in: output.isColoured))
    }
    screen.show(StyledText("[\(number)] ended\n"))
  }

  /// Ends one, or all; false if there is none of this number.
  func stop(_ number: Int? = nil) -> Bool {
    let tasks = state.withLock { state in
      number.map { number in state.tasks[number].map { [$0] } ?? [] } ?? Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
    return !tasks.isEmpty
  }
}
