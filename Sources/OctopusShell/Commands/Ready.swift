import ArgumentParser
import CSupervision
import Glibc
import OctopusSystem

// ready: how a script says what a program says by sd_notify(3).

struct Ready: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ready",
    abstract: "Say that a program run by `octopus exec` or by systemd is ready.",
    discussion: """
        octopus exec --provides service.db -- sh -c './prepare && octopus ready && exec ./db'

      Sends READY=1 to $NOTIFY_SOCKET and waits until that is handled: with `octopus
      exec` the record is there then. As `systemd-notify --ready` does.

      Exit status 124 if the time limit passes first.
      """)

  @Flag(help: "Say instead that the program begins to stop: STOPPING=1.") var stopping = false
  @Option(help: "Wait no longer than this until it is handled.") var timeout = TimeLimit(
    argument: "5s")!

  func run() throws {
    guard let path = Environment.process["NOTIFY_SOCKET"] else {
      throw ValidationError("$NOTIFY_SOCKET is not set: no supervisor expects a message.")
    }
    let text = stopping ? "STOPPING=1" : "READY=1"
    guard platform_send_notice(path, text, text.utf8.count, nil, 0) == 0 else {
      throw ValidationError("\(path): \(String(cString: strerror(errno)))")
    }
    let limit = CInt(clamping: timeout.milliseconds)
    switch platform_await_notices(path, limit) {
    case 1: break
    case 0: throw CommandError("\(text) is sent, but not handled within the time limit", .timeLimit)
    // The receiver ended with the program, or does not support BARRIER=1.
    default: break
    }
  }
}
