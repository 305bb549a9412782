import ArgumentParser

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
    case lost(Complaint)
    case terminated
  }

  /// Runs the program to its end, which is soon if `hold` ends: that says why what is held is lost.
  /// Then gives back all that the session holds, so that who comes next finds it free.
  func run(
    environment: [String: String] = [:], in session: Session, telling form: OutputOptions,
    while hold: @escaping @Sendable (Child) async throws -> Complaint
  ) async throws -> ExitStatus {
    let (status, loss) = try await runOnce(environment: environment, telling: form, while: hold)
    await session.release()
    return loss?.status ?? status
  }

  /// The same, and keeps what is left. Answers also what was lost, of which the user has been told.
  func runOnce(
    environment: [String: String], telling form: OutputOptions,
    while hold: @escaping @Sendable (Child) async throws -> Complaint
  ) async throws -> (ExitStatus, Complaint?) {
    let child = try await Child(words, environment: environment)
    return await withTaskGroup(of: Event.self) { group in
      group.addTask { .ended(await child.status()) }
      group.addTask {
        do { return .lost(try await hold(child)) } catch { return .lost(Complaint(error)) }
      }
      var loss: Complaint?
      while true {
        switch await group.next()! {
        case .ended(let status):
          group.cancelAll()
          await group.waitForAll()
          child.leave(sparing: loss == nil)
          return (status, loss)
        case .lost(let complaint):
          complaint.show(in: form)
          loss = complaint
          group.addTask {
            await child.terminate(killAfter: killAfter.duration)
            return .terminated
          }
        case .terminated: break
        }
      }
    }
  }
}
