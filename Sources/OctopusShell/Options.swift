import ArgumentParser
import Octopus
import OctopusRecords
import OctopusSystem

// What every command takes: which server, and in what form to answer.

struct ServerOptions: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp(
      "The server's Unix socket; else $OCTOPUS_SOCKET, else the default paths.",
      valueName: "path"),
    completion: .file())
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "A server's TCP address; it asks for a password.", valueName: "host:port"),
    transform: TCPAddress.init(_:))
  var tcp: TCPAddress?

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the password; else $OCTOPUS_PASSWORD.", valueName: "path"),
    completion: .file())
  var passwordFile: String?

  /// Nil: the default addresses.
  var address: OctopusClient.Address? {
    socket.map { .unix($0) } ?? tcp.map { .tcp(host: $0.host, port: $0.port) }
  }

  var isGiven: Bool { socket != nil || tcp != nil || passwordFile != nil }

  func validate() throws {
    guard socket == nil || tcp == nil else {
      throw ValidationError("--socket and --tcp name two servers; give one.")
    }
  }

  func password() throws -> String? {
    guard let passwordFile else { return Environment.process["OCTOPUS_PASSWORD"] }
    guard let text = String(validating: try PasswordFile.read(passwordFile), as: UTF8.self) else {
      throw ValidationError("The password in \(passwordFile) is not UTF-8.")
    }
    return text
  }
}

struct OutputOptions: ParsableArguments, Sendable {
  @Flag(help: "Answer in JSON: an object, string or number a line.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Colour; auto: on a terminal, unless $NO_COLOR is set.", valueName: "when"))
  var color: ColourChoice = .auto
}

enum ColourChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
  case auto, always, never

  func isOn(for stream: StandardStream) -> Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto:
      stream.isTerminal && Environment.process["NO_COLOR"] == nil
        && Environment.process["TERM"] != "dumb"
    }
  }
}

/// `host:port`, with an IPv6 address in brackets.
struct TCPAddress: Sendable {
  let host: String
  let port: Int

  init(_ text: String) throws {
    guard let address = HostAndPort(text), address.port > 0 else {
      throw ValidationError("'\(text)' is not host:port")
    }
    guard !address.host.isEmpty else { throw ValidationError("'\(text)' lacks the host") }
    (host, port) = (address.host, Int(address.port))
  }
}

/// How long to wait, as timeout(1) has it: `2`, `0.5`, `500ms`, `2s`, `5m`, `1h`, `1d`.
struct TimeLimit: ExpressibleByArgument, Sendable {
  let milliseconds: Int64
  var duration: Duration { .milliseconds(milliseconds) }
  var defaultValueDescription: String {
    milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
  }

  private static let units: KeyValuePairs<String, Double> = [
    "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "": 1_000,
  ]

  init?(argument: String) {
    let number = argument.prefix { $0.isNumber || $0 == "." }
    let unit = argument[number.endIndex...]
    guard let value = Double(number),
      let scale = Self.units.first(where: { $0.key == unit }),
      // A hundred years: more is a mistake, and would overflow clocks.
      value * scale.value <= 3_155_760_000_000
    else { return nil }
    milliseconds = Int64((value * scale.value).rounded(.up))
  }
}
