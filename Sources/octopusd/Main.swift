import CPlatform
import Glibc
import OctopusServer
import OctopusSystem

/// Reads the options, serves until a signal asks to end, and tells systemd how it goes.
@main
enum Main {
  // Not async: that would start threads before the first line.
  static func main() {
    let signals = TerminationSignals()
    // Whoever read the log may be gone; that is no reason to go too.
    signal(SIGPIPE, SIG_IGN)
    platform_use_builtin_lookups()
    let options: Octopusd
    do {
      options = try Octopusd.parse(arguments())
    } catch {
      if Octopusd.exitCode(for: error).isSuccess { Octopusd.exit(withError: error) }
      complain(Octopusd.fullMessage(for: error))
      exit(2)
    }
    do {
      exit(try serve(options, until: signals))
    } catch {
      complain("octopusd: \(error)")
      exit(1)
    }
  }

  /// Not those of `CommandLine`: they are empty where there is no /proc.
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
    // On a thread of its own: a disk that hangs keeps no signal from ending it.
    try Thread("start") {
      do {
        let server = Server(try options.configuration(), logger: logger)
        running.withLock { $0 = server }
        try server.start()
        ServiceNotification.ready.send()
      } catch StartFailure.stopped {
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
  /// What was asked for, and for the rest what the environment says.
  func configuration() throws -> Configuration {
    let path = socket ?? DefaultSocket.paths()[0]
    // The folder of a default place may be missing; whoever names a place sees to it.
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
    configuration.loops = loops
    configuration.busyPollMicroseconds = busyPollMicroseconds
    configuration.slowlogMicroseconds = slowlogMicroseconds
    configuration.revisionStride = revisionStride
    configuration.stateDirectory = stateDir ?? StateDirectory.defaultPath()
    return configuration
  }
}
