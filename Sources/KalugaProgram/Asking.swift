// Commands that a running Kaluga carries out: explain, drivers, start, stop, restart.
import ArgumentParser
import Glibc
import Kaluga
import Octopus
import OctopusSystem

/// Publishes a request, and prints the answer.
private func ask(
  _ verb: Request.Verb, _ target: String, _ server: ServerOptions
) async throws {
  let octopus = try await server.connect()
  let id = "\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
  let answers = try await octopus.subscribe("kaluga.answer { id: \(id) }")
  guard try await octopus.publish(Request(id: id, verb: verb, target: target).record) > 0 else {
    printError("no kaluga runs with this server")
    throw ExitCode(3)
  }
  for try await record in answers {
    guard let answer = Answer(record) else { continue }
    if answer.status != 0 {
      printError(answer.text)
    } else {
      StandardStream.output.write(StyledText(answer.text))
    }
    if answer.hasMore { continue }
    if answer.status == 0 { StandardStream.output.write("\n") }
    throw ExitCode(answer.status)
  }
}

struct Explain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say of each driver why it drives a device, or why not.")

  @Argument(help: "A device's record, or its place in sysfs.") var device: String
  @OptionGroup var server: ServerOptions

  func run() async throws { try await ask(.explain, device, server) }
}

struct Drivers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the catalogue, and what is wrong in it.")

  @OptionGroup var server: ServerOptions

  func run() async throws { try await ask(.drivers, "", server) }
}

struct Target: ParsableArguments {
  @Argument(help: "An instance or its number, a driver, or a device.") var target: String
  @OptionGroup var server: ServerOptions
}

struct Start: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Start what was stopped, or has failed.")

  @OptionGroup var target: Target

  func run() async throws { try await ask(.start, target.target, target.server) }
}

struct Stop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stop drivers, which then stay so until they are started.")

  @OptionGroup var target: Target

  func run() async throws { try await ask(.stop, target.target, target.server) }
}

struct Restart: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Stop drivers and start them again.")

  @OptionGroup var target: Target

  func run() async throws { try await ask(.restart, target.target, target.server) }
}
