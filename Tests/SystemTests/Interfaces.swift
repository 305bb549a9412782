import Glibc
import Octopus

/// Pairs of virtual network interfaces, `o17l` and `o17r`, and a program that sees them. They are
/// made where no other program does the same.
final class Interfaces: Sendable {
  let octopus: OctopusClient
  let program: pid_t
  private let server: Octopusd
  private let running: RunningProgram
  private let place: String

  /// Where interfaces can be made: in a network namespace, else here. Nil: nowhere.
  private static let place = ["namespace", "here"].first { place in
    // Only the last of these says that all went well: it is reached.
    system("sh \(sourceDirectory)/Scripts/interfaces.sh \(place) true </dev/null >/dev/null 2>&1")
      == 0
  }

  static var isAllowed: Bool { place != nil }

  /// With a bus driver.
  convenience init(_ arguments: String...) async throws {
    try await self.init(productsDirectory + "/octopus-hw", ["net"] + arguments)
  }

  /// With a program that publishes them, or starts what does; returns once that is so.
  init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) async throws {
    place = Self.place!
    server = try await Octopusd()
    running = try RunningProgram(
      "sh", [sourceDirectory + "/Scripts/interfaces.sh", place, program] + arguments,
      environment: server.environment.merging(environment) { $1 })
    guard let line = try await running.output.readLine(), let id = pid_t(line) else {
      throw Failure("no interfaces: \(await running.outcome().errors)")
    }
    self.program = id
    octopus = try await connectLibrary(to: server.socket, bufferLimit: 1 << 16)
    try await octopus.waitFor("hw.net", timeout: .seconds(patience))
  }

  deinit {
    // With its input the batch ends, and with that all else; a namespace takes its interfaces with
    // it.
    if place == "here" { unmakeAll() }
    running.input.close()
  }

  func tell(_ line: String) { tell(Array(line.utf8)) }

  func tell(_ line: [UInt8]) { running.input.write(line + [UInt8(ascii: "\n")]) }

  func make(_ numbers: Range<Int>) {
    tell(
      numbers.map { "link add o\($0)l group 17 type veth peer name o\($0)r" }.joined(
        separator: "\n"))
  }

  func unmake(_ numbers: Range<Int>) {
    tell(numbers.map { "link del o\($0)l" }.joined(separator: "\n"))
  }

  /// In one go.
  func unmakeAll() { tell("link del group 17") }

  /// Whether the kernel had events for the driver that it could not keep.
  func hasLostEvents() throws -> Bool {
    try contents(of: "/proc/\(program)/net/netlink").split(separator: "\n").contains { line in
      // The protocol, and how many were dropped: its ninth column.
      let columns = line.split(separator: " ")
      return columns.count > 8 && columns[1] == "15" && (Int(columns[8]) ?? 0) > 0
    }
  }

  /// The index of an interface, once all that was told before is done.
  func index(of name: String) async throws -> Int64? {
    tell("link show \(name)")
    while let line = try await running.output.readLine() {
      // 17: o1l@o1r: <BROADCAST,…
      let words = line.split(separator: " ")
      if words.count > 1, words[1].hasPrefix(name + "@") { return Int64(words[0].dropLast()) }
    }
    throw Failure("the batch has ended")
  }
}
