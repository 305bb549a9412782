import Glibc
import TestSupport
import Testing

/// octopusd where there is nothing but its binary and /run: it serves the boot before anything else
/// is there.
@Suite(.enabled(if: !areSanitized)) struct BareNamespaceTests {
  /// More than once: without /proc, what touches Dispatch fails only now and then.
  @Test(arguments: 1...8) func servesWithoutProcAndLibraries(attempt: Int) async throws {
    let program = productsDirectory + "/octopusd"
    let directory = try TemporaryDirectory()
    let running = try RunningProgram(
      "sh",
      [
        sourceDirectory + "/Scripts/bare-namespace.sh", program, directory.path, "--socket",
        "/run/octopus.sock",
      ])
    var log: [String] = []
    while let line = try await running.errors.readLine(), !line.contains("listening") {
      log.append(line)
    }
    let socket = directory.path + "/octopus.sock"
    try #require(access(socket, F_OK) == 0, "\(log)")
    #expect(log.contains { $0.contains("fencing tokens grow only within this run") }, "\(log)")

    let client = try RawClient(socket)
    try await client.ask("SET \"lamp { on: true, place: 'Küche' }\"\r\n", "+OK\r\n")
    let record = "lamp { on: true, place: 'Küche' }"
    try await client.ask(
      "GET \"r'^l' { place: r'^K' }\"\r\n", "$\(record.utf8.count)\r\n\(record)\r\n")
    try await client.ask("SUBSCRIBE _\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\n_\r\n:1\r\n")
    let other = try RawClient(socket)
    await other.send("INFO\r\nCLIENT INFO\r\nQUIT\r\n")
    let info = try await other.receiveToEnd()
    #expect(info.contains("db0:keys=1") && info.hasSuffix("+OK\r\n"), "\(info)")
    try await RawClient(socket).ask("PUBLISH p\r\n", ":1\r\n")
    try await client.expect("*3\r\n$7\r\nmessage\r\n$1\r\n_\r\n$4\r\np {}\r\n")

    running.process.kill(SIGTERM)
    #expect(await running.process.wait() == .init(code: 0))
    #expect(try await client.receiveToEnd() == "")
    #expect(access(socket, F_OK) != 0)
  }
}
