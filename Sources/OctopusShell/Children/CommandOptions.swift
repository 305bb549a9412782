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

  private enum Ending: Sendable {
    case ended(ExitStatus)
    case lost(Complaint)
    case terminated
  }

  /// Runs the program to its end, which is soon if `hold` ends: that says why what is held is lost.
  func run(
    environment: [String: String] = [:], telling form: OutputOptions,
    while hold: @escaping @Sendable (Child) async throws -> Complaint
  ) async throws -> ExitStatus {
    let child = try await Child(words, environment: environment)
    return await withTaskGroup(of: Ending.self) { group in
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
          return loss?.status ?? status
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
