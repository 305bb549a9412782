import Dispatch
import Octopus
import OctopusSystem

/// What a command works with: a connection, and where its results go.
struct CommandContext: Sendable {
  let octopus: OctopusClient
  /// Where the connection leads, for commands that need one of their own.
  let server: ServerOptions
  let output: Output

  /// Says on standard error what is no result and no failure.
  func note(_ text: String) { StandardStream.error.write("octopus: \(text)\n") }

  /// How a command ends.
  typealias Outcome = Result<ExitStatus, CommandError>

  func outcome<Command: ShellCommand>(of command: Command, _ input: Command.Input) async -> Outcome
  {
    do {
      return .success(try await command.run(input, in: self))
    } catch {
      return .failure(CommandError(error))
    }
  }
}

/// Runs asynchronous work while its thread blocks; the work can be cancelled meanwhile.
final class BlockingRunner: Sendable {
  private let cancel = Mutex<(@Sendable () -> Void)?>(nil)

  /// Runs `body` to its end, on a thread that has nothing else to do.
  func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) -> Result {
    let result = Mutex<Result?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    let task = Task {
      let value = await body()
      result.withLock { $0 = value }
      isDone.signal()
    }
    cancel.withLock { $0 = { task.cancel() } }
    isDone.wait()
    cancel.withLock { $0 = nil }
    // Set before the semaphore was.
    return result.withLock { $0! }
  }

  /// Cancels what runs, if something does.
  func interrupt() { cancel.withLock { $0?() } }
}
