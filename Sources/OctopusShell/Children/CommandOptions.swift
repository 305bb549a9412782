import ArgumentParser
import CChildProcesses
import OctopusSystem

/// What a command of octopus runs, while it holds something.
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
    case lost(Complaint?)
    case terminated, silent
  }

  /// What a program that is run has besides the command's words.
  struct Surroundings: Sendable {
    var environment: [String: String] = [:]
    /// Where it says how it is, if that is more than octopus's own supervisor wants to know.
    var socket: NotifySocket?
    var heed: @Sendable (NotifySocket.Word, Child) async -> Void = { _, _ in }
  }

  /// Runs the program to its end, which is soon if `loss` returns what was lost; nil is no loss.
  /// Then releases what was held, so that the next in line has it when this returns.
  func run(
    _ surroundings: Surroundings = Surroundings(), telling form: OutputOptions,
    while loss: @escaping @Sendable (Child) async throws -> Complaint?,
    release: () async throws -> Void
  ) async throws -> ExitStatus {
    let (status, loss) = try await runOnce(surroundings, telling: form, while: loss)
    // A server that has gone has released it.
    try? await release()
    return loss?.status ?? status
  }

  /// The same, and keeps what is left. Answers also what was lost, of which the user has been told.
  ///
  /// - Parameter again: whether another program may be run after it, with the same descriptors.
  func runOnce(
    _ surroundings: Surroundings = Surroundings(), again: Bool = false, telling form: OutputOptions,
    while hold: @escaping @Sendable (Child) async throws -> Complaint?
  ) async throws -> (ExitStatus, Complaint?) {
    let socket =
      try surroundings.socket ?? (ServiceNotification.socket() == nil ? nil : NotifySocket())
    defer { socket?.remove() }
    let environment = surroundings.environment.merging(socket?.environment ?? [:]) { $1 }
    let child = try await Child(words, environment: environment, socket: socket)
    if !again { platform_leave_descriptors() }
    return await withTaskGroup(of: Event.self) { group in
      group.addTask { .ended(await child.status()) }
      group.addTask {
        do { return .lost(try await hold(child)) } catch { return .lost(Complaint(error)) }
      }
      group.addTask {
        await socket?.relay(for: child) { await surroundings.heed($0, child) }
        return .silent
      }
      var loss: Complaint?
      while true {
        switch await group.next()! {
        case .ended(let status):
          group.cancelAll()
          await group.waitForAll()
          child.leave(sparing: loss == nil)
          return (status, loss)
        case .lost(let complaint?):
          complaint.show(in: form)
          loss = complaint
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
