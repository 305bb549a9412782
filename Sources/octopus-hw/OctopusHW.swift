// Publishes the devices of one of this machine's buses as records, for as long as it runs.
import ArgumentParser
import CSupervision
import DeviceSchema
import Glibc
import Octopus
import OctopusHardware
import OctopusSystem

@main
struct OctopusHW: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "octopus-hw",
    abstract: "Publish this machine's devices as Octopus records.",
    discussion: """
      The records are there while this program runs, follow what the kernel says of the devices, and
      go with the program.

        octopus-hw usb &
        octopus watch "r'^hw\\.usb\\.device\\.' { vendor: 0x04a9 }"

      Of a whole bus there is also hw.BUS { devices: n }, once all of them are there. A server that
      ends is waited for, and told all anew. Exit status 3 if there is none to begin with.
      """,
    version: Version.current)

  @Argument(help: "Whose devices: \(Bus.allCases.map(\.rawValue).joined(separator: ", ")).")
  var bus: Bus = .pci

  @Option(
    help: "Only the devices under this place in sysfs, and the one there.",
    completion: .directory)
  var under: String?

  @Option(
    help: "The server's Unix socket. Without it $OCTOPUS_SOCKET, else the default paths.",
    completion: .file())
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "How many bytes of events the kernel keeps while this is busy; with more, it scans again.",
      valueName: "bytes"))
  var receiveBuffer: Int32?

  func validate() throws {
    guard (receiveBuffer ?? 1) > 0 else {
      throw ValidationError("A receive buffer has at least one byte.")
    }
  }

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? OctopusHW { try await command.run() } else { try command.run() }
    } catch {
      let (text, code) = (fullMessage(for: error), exitCode(for: error))
      if !text.isEmpty {
        (code.isSuccess ? StandardStream.output : .error).write(StyledText(text + "\n"))
      }
      Glibc.exit(code.rawValue)
    }
  }

  func run() async throws {
    do {
      try await publish()
    } catch let error as OctopusError {
      printError(error.description)
      if case .refused = error { throw ExitCode(1) }
      throw ExitCode(3)
    } catch let error as SystemError {
      printError(error.description)
      throw ExitCode(1)
    }
  }

  private func publish() async throws {
    var options = BusDriver.Options()
    options.under = under.map { ByteString(escaped: $0) }
    options.log = printError
    if let receiveBuffer { options.receiveBuffer = receiveBuffer }
    let driver = try BusDriver(bus, options: options) { [socket, bus] () throws(OctopusError) in
      try await OctopusClient.connect(
        socket.map { .unix($0) }, options: .init(name: "octopus-hw-\(bus.rawValue)"))
    }
    try await driver.run {
      ServiceNotification.ready.send()
    }
  }
}

@Sendable private func printError(_ text: String) {
  StandardStream.error.log("octopus-hw: \(text)")
}

extension Bus: ExpressibleByArgument {}
