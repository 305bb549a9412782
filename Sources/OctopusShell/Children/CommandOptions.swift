import ArgumentParser
import CChildProcesses
import OctopusSystem

/// The program that a command runs while it holds something.
struct CommandOptions: ParsableArguments, Sendable {
  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("After --: a program to run, and its arguments.", valueName: "command"))
  var words: [String] = []

  @Option(
    help: """
      When what it runs for is lost the program gets SIGTERM, and so much later SIGKILL.
      """)
  var killAfter = TimeLimit(argument: "10s")!

  private enum Event: Sendable {
    case ended(ExitStatus)
    /// Nil: what is held may go.
    case lost(CommandError?)
    case terminated, silent
  }

  /// What the program gets besides its arguments.
  struct LaunchOptions: Sendable {
    var environment: [String: String] = [:]
    /// The socket for its state, if the command itself reads the program's messages.
    var socket: NotifySocket?
    var handle: @Sendable (NotifySocket.Notification, Child) async -> Void = { _, _ in }
  }

  /// Runs the program to its end, which is soon if `loss` returns what was lost; nil is no loss.
  /// Then releases what was held, so that the next in line has it when this returns.
  func run(
    _ launch: LaunchOptions = LaunchOptions(), format: OutputOptions,
    while loss: @escaping @Sendable (Child) async throws -> CommandError?,
    release: () async throws -> Void
  ) async throws -> ExitStatus {
    let (status, loss) = try await runOnce(launch, format: format, while: loss)
    // A server that has gone has released it.
    try? await release()
    return loss?.status ?? status
  }

  /// The same without the release. Returns also what was lost, which has been reported to the user.
  ///
  /// - Parameter again: whether another program may be run after it, with the same descriptors.
  func runOnce(
    _ launch: LaunchOptions = LaunchOptions(), again: Bool = false, format: OutputOptions,
    while hold: @escaping @Sendable (Child) async throws -> CommandError?
  ) async throws -> (ExitStatus, CommandError?) {
    let socket =
      try launch.socket ?? (ServiceNotification.socket() == nil ? nil : NotifySocket())
    defer { socket?.remove() }
    let environment = launch.environment.merging(socket?.environment ?? [:]) { $1 }
    let child = try await Child(words, environment: environment, socket: socket)
    if !again { platform_leave_descriptors() }
    return await withTaskGroup(of: Event.self) { group in
      group.addTask { .ended(await child.status()) }
      group.addTask {
        do { return .lost(try await hold(child)) } catch { return .lost(CommandError(error)) }
      }
      group.addTask {
        await socket?.relay(for: child) { await launch.handle($0, child) }
        return .silent
      }
      var loss: CommandError?
      while true {
        switch await group.next()! {
        case .ended(let status):
          group.cancelAll()
          await group.waitForAll()
          child.cleanUp(sparingDescendants: loss == nil)
          return (status, loss)
        case .lost(let failure?):
          failure.show(in: format)
          loss = failure
          group.addTask {
            await child.terminate(killAfter: killAfter.duration)
            return .terminated
          }
        case .lost(nil), .terminated, .silent: break
        }
      }
    }
  }
}
