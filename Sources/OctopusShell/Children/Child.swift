import CChildProcesses
import Dispatch
import Glibc
import OctopusSystem

/// A program that runs in the terminal, with the streams and in the process group of this one, and
/// for no longer than it: whatever ends this process, be it SIGKILL, kills the program and its
/// descendants.
///
/// Signals that others send to this process go to the program while there is one. One at a time.
final class Child: Sendable {
  let process: pid_t
  /// Its parent, by which its descendants can be known.
  let guardian: pid_t
  private let control: CInt

  /// Starts a program that PATH leads to; comes back once it runs.
  ///
  /// - Parameters:
  ///   - environment: what it has besides this process's, or otherwise.
  ///   - socket: removed when this process is killed.
  /// - Throws: with the status that a shell has for a program that cannot be run.
  init(
    _ command: [String], environment: [String: String] = [:], socket: NotifySocket? = nil
  ) async throws(CommandError) {
    let arguments = CStrings(command)
    let additions = CStrings(environment.map { "\($0.key)=\($0.value)" })
    var control: CInt = -1
    let guardian = withExtendedLifetime((arguments, additions)) {
      platform_start_child(
        arguments.pointers, additions.pointers, socket?.directory, socket?.path, &control)
    }
    guard guardian > 0 else { throw CommandError(running: command[0], errno) }
    let event = await Self.nextEvent(control)
    guard let event, event.kind == platform_child_started else {
      platform_keep_signals()
      close(control)
      waitpid(guardian, nil, 0)
      throw CommandError(running: command[0], event?.value ?? ECHILD)
    }
    (process, self.guardian, self.control) = (event.value, guardian, control)
  }

  /// Waits for its end; stops when it stops. To be called once.
  func status() async -> ExitStatus {
    while let event = await Self.nextEvent(control) {
      if event.kind == platform_child_ended { return ExitStatus(wait: event.value) }
      platform_stop_with_child(process, event.value)
    }
    // The guard is gone, and what it guards with it.
    return ExitStatus(wait: SIGKILL)
  }

  /// Releases what belongs to a program that has ended.
  ///
  /// - Parameter sparingDescendants: whether what it has left running may go on.
  func cleanUp(sparingDescendants: Bool) {
    platform_keep_signals()
    if sparingDescendants { platform_spare_descendants(control) }
    close(control)
    waitpid(guardian, nil, 0)
  }

  /// Asks it to end, and after a while, or when cancelled, kills it and all its descendants.
  func terminate(killAfter limit: Duration) async {
    platform_signal_child(control, SIGTERM)
    platform_signal_child(control, SIGCONT)
    try? await Task.sleep(for: limit)
    shutdown(control, CInt(SHUT_WR))
  }

  private static func nextEvent(_ control: CInt) async -> platform_child_event? {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "octopus.child").async {
        var event = platform_child_event()
        let isEvent = platform_next_child_event(control, &event) == 1
        continuation.resume(returning: isEvent ? event : nil)
      }
    }
  }
}

/// Replaces this program by another.
func replaceProcess(with command: [String]) -> CommandError {
  let arguments = CStrings(command)
  let number = withExtendedLifetime(arguments) { platform_become(arguments.pointers) }
  return CommandError(running: command[0], number)
}

extension CommandError {
  fileprivate init(running program: String, _ number: CInt) {
    self.init(
      "\(program): \(String(cString: strerror(number)))",
      number == ENOENT ? .noCommand : .cannotRun)
  }
}
