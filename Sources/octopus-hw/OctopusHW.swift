import ArgumentParser
import Glibc
import Octopus
import OctopusHardware

// Publishes this machine's devices as records, for as long as it runs.

@main
struct OctopusHW: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "octopus-hw",
    abstract: "Publish this machine's devices as Octopus records.",
    discussion: """
      The records are there while this program runs, and go with it.

        octopus-hw pci &
        octopus find "r'^hw\\.pci\\.device\\.' { class: 0x02 }"
      """,
    version: "0.1.0",
    subcommands: [PCI.self],
    defaultSubcommand: PCI.self)
}

struct PCI: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pci",
    abstract: "Publish the PCI devices, as hw.pci.device.<n>.",
    discussion: """
      Once all are there, so is hw.pci { devices: n }, which others can wait for. Runs until it is
      ended by a signal, or hw.pci is deleted. Exit status 3 if there is no server, or no longer.
      """)

  @Option(
    help: "The server's Unix socket. Without it $OCTOPUS_SOCKET, else the default paths.",
    completion: .file())
  var socket: String?

  func run() async throws {
    do {
      try await publish()
    } catch let error as OctopusError {
      complain(error.description)
      throw ExitCode(3)
    } catch let error as HardwareError {
      complain(error.description)
      throw ExitCode(1)
    }
  }

  private func publish() async throws {
    let octopus = try await Octopus.connect(
      socket.map { .unix($0) }, options: .init(name: "octopus-hw"))
    let devices = try PCIDevice.all()
    for device in devices {
      try await octopus.setSequential(device.record(named: "hw.pci.device."), transient: true)
    }
    try await octopus.set("hw.pci { devices: \(devices.count) }", transient: true)
    try await octopus.waitFor(gone: "hw.pci")
  }

  private func complain(_ text: String) {
    let line = Array("octopus-hw: \(text)\n".utf8)
    _ = write(2, line, line.count)
  }
}
