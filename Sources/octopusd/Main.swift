import ArgumentParser
import CPlatform
import Glibc
import OctopusJournal
import OctopusServer
import OctopusSystem

/// Reads the options, serves until a termination signal, and notifies systemd.
@main
enum Main {
  // Not async: that would start threads before the first line.
  static func main() {
    let signals = TerminationSignals()
    // The reader of the log may end; the daemon does not end with it.
    signal(SIGPIPE, SIG_IGN)
    platform_use_builtin_lookups()
    var command: any ParsableCommand
    do {
      command = try Octopusd.parseAsRoot(arguments())
      // Help is a command that only runs.
      if !(command is Octopusd), !(command is Check), !(command is Restore) { try command.run() }
    } catch {
      if Octopusd.exitCode(for: error).isSuccess { Octopusd.exit(withError: error) }
      complain(Octopusd.fullMessage(for: error))
      exit(2)
    }
    do {
      switch command {
      case let options as Octopusd: exit(try serve(options, until: signals))
      case let check as Check: exit(check.check())
      case let restore as Restore: exit(restore.restore())
      default: exit(0)
      }
    } catch {
      complain("octopusd: \(error)")
      exit(1)
    }
  }

  /// `CommandLine.arguments` is empty where there is no /proc.
  private static func arguments() -> [String] {
    var arguments: [String] = []
    guard var next = platform_command_line() else { return arguments }
    while let argument = next.pointee {
      arguments.append(String(cString: argument))
      next += 1
    }
    return Array(arguments.dropFirst())
  }

  private static func serve(
    _ options: Octopusd, until signals: TerminationSignals
  ) throws -> Int32 {
    let logger = LogOutput.logger(level: options.logLevel, format: options.logFormat)
    DescriptorLimit.raise()
    platform_keep_freed_memory(8 << 20)
    let running = Mutex<Server?>(nil)
    // On a thread of its own: even if the disk hangs, a signal ends the daemon.
    try Thread("start") {
      do {
        let server = Server(try options.configuration(), logger: logger)
        running.withLock { $0 = server }
        try server.start()
        ServiceNotification.ready.send()
      } catch StartupError.stopped {
        return
      } catch {
        complain("octopusd: \(error)")
        exit(1)
      }
    }.detach()
    let signal = signals.wait()
    logger.info("stopping", metadata: ["signal": "\(signal)"])
    ServiceNotification.stopping.send()
    running.withLock { $0 }?.stop()
    return 0
  }

  private static func complain(_ text: String) { StandardStream.error.log(text) }
}

extension Octopusd {
  /// The options, and the environment's values for what they leave open.
  func configuration() throws -> Configuration {
    let path = socket ?? DefaultSocket.paths()[0]
    // Only the directory of the default path is made.
    if socket == nil, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try? makeDirectory(String(path[..<slash]), mode: 0o755)
    }
    var configuration = Configuration(
      socket: Configuration.UnixSocket(path: path, mode: socketMode, group: socketGroup), tcp: tcp)
    if let passwordFile {
      configuration.password = try PasswordFile.read(passwordFile)
    } else if let password = Environment.process["OCTOPUS_PASSWORD"] {
      try PasswordFile.check(Array(password.utf8), in: "$OCTOPUS_PASSWORD")
      configuration.password = Array(password.utf8)
    }
    configuration.memoryLimit = maxMemory == 0 ? nil : maxMemory
    configuration.stepBudget = stepBudget * 1_000_000
    configuration.clientsPerUser = maxClientsPerUser
    configuration.loops = loops
    configuration.busyPollMicroseconds = busyPollMicroseconds
    configuration.slowlogMicroseconds = slowlogMicroseconds
    configuration.revisionStride = revisionStride
    configuration.journalSlack = journalSlack
    configuration.keepsJournal = journal == .on
    configuration.sync = fsync
    configuration.stateDirectory = stateDir ?? StateDirectory.defaultPath()
    return configuration
  }
}
