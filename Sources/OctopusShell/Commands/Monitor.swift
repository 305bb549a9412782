import ArgumentParser
import Dispatch
import Glibc
import Octopus
import OctopusSystem
import RESP

// monitor: every command that the server carries out. Its connection carries nothing else, so it is
// one of its own, beside the library's.

struct Monitor: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor",
    abstract: "Print every command that the server carries out, as it comes.",
    discussion: """
        octopus monitor --count 10

      A line has the time, the client and the command. Runs until it is interrupted.
      """)

  @OptionGroup var stream: StreamOptions
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  var runsInBackground: Bool { true }

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    let feed = try MonitorFeed(context.server)
    return try await stream.show(feed.lines) { line in
      context.output.line(context.output.isJSON ? jsonString(line) : line)
    }
  }
}

/// The lines of a connection that has said MONITOR.
private struct MonitorFeed {
  private let socket: CInt
  private let password: String?

  init(_ server: ServerOptions) throws {
    password = try server.password()
    let addresses = server.address.map { [$0] } ?? OctopusClient.Address.defaults
    for address in addresses {
      if let socket = try? connectSocket(to: address, limit: .seconds(10)) {
        self.socket = socket
        return
      }
    }
    throw OctopusError.noServer(addresses.map(\.description))
  }

  /// Ends when it is no longer iterated, or throws when the connection ends.
  var lines: AsyncThrowingStream<String, any Error> {
    let socket = socket
    var greeting = RESPEncoder(version: .two)
    if let password { greeting.command(["AUTH", password]) }
    greeting.command(["MONITOR"])
    let acknowledgements = password == nil ? 1 : 2
    let (stream, lines) = AsyncThrowingStream<String, any Error>.makeStream()
    // Wakes the reader below, which alone closes the socket.
    lines.onTermination = { _ in shutdown(socket, CInt(SHUT_RDWR)) }
    // A few bytes into an empty buffer. If the server has gone already, the reader finds out.
    _ = send(socket, greeting.bytes, greeting.bytes.count, CInt(MSG_NOSIGNAL))
    DispatchQueue(label: "octopus.monitor").async {
      var expected = acknowledgements
      let ending = receive(from: socket) { value in
        expected -= 1
        if expected < 0, let line = value.text { lines.yield(line) }
      }
      lines.finish(throwing: ending)
      close(socket)
    }
    return stream
  }
}

/// Hands on each reply that comes; answers why there are no more.
private func receive(from socket: CInt, _ handle: (RESPValue) -> Void) -> OctopusError {
  var decoder = ReplyDecoder()
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = read(socket, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return .connectionLost("the server closed it") }
    do {
      try chunk[..<count].withUnsafeBytes { bytes in
        var bytes = bytes
        while let value = try decoder.next(&bytes) {
          if let failure = value.failure {
            throw OctopusError.refused(
              ErrorCode(rawValue: failure.code) ?? .error, failure.message)
          }
          handle(value)
        }
      }
    } catch {
      return error as? OctopusError ?? .protocolViolation("\(error)")
    }
  }
}
