import Glibc
import Testing

/// A user who has as many connections as may be is refused, and nobody else notices.
@Suite(.enabled(if: geteuid() == 0, "only root may become another user"))
struct ConnectionQuotaTests {
  /// Connects as another user as often as told, and prints what each connection answers.
  private func clients(_ count: Int, user: Int, at server: Octopusd) throws -> RunningProgram {
    #expect(chmod(server.directory, 0o711) == 0)
    let script = """
      import socket, sys
      clients = []
      for _ in range(int(sys.argv[2])):
          client = socket.socket(socket.AF_UNIX)
          client.connect(sys.argv[1])
          clients.append(client)
          try:
              client.send(b'PING\\r\\n')
          except OSError:
              pass
          print(client.recv(100).decode().strip(), flush=True)
      print('all', flush=True)
      sys.stdin.read()
      """
    return try RunningProgram(
      "setpriv",
      [
        "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups", "--", "/usr/bin/python3",
        "-c", script, server.socket, "\(count)",
      ])
  }

  private func answers(_ program: RunningProgram) async throws -> [String] {
    var lines: [String] = []
    while let line = try await program.output.readLine(), line != "all" { lines.append(line) }
    return lines
  }

  private let refusal = "-ERR max number of clients of this user reached"

  @Test func userAtTheQuotaIsRefused() async throws {
    let server = try await Octopusd(["--socket-mode", "0666", "--max-clients-per-user", "3"])
    let many = try clients(5, user: 12_345, at: server)
    #expect(try await answers(many) == ["+PONG", "+PONG", "+PONG", refusal, refusal])
    let other = try clients(3, user: 12_346, at: server)
    #expect(try await answers(other) == ["+PONG", "+PONG", "+PONG"])
    #expect(try await server.figure("rejected_connections") == 2)
    #expect(try await server.figure("maxclients_per_user") == 3)
    // Root has more.
    for _ in 0..<5 { try await server.connect().ask("PING\r\n", "+PONG\r\n") }
    // The places are free once the connections are closed.
    for program in [many, other] {
      program.input.close()
      #expect(await program.outcome().status == .init(code: 0))
    }
    try await server.wait(for: "connected_clients") { $0 == 1 }
    let again = try clients(4, user: 12_345, at: server)
    #expect(try await answers(again) == ["+PONG", "+PONG", "+PONG", refusal])
    again.input.close()
    _ = await again.outcome()
  }

  @Test func administratorComesInAtTheDescriptorLimit() async throws {
    let server = try await Octopusd(
      ["--socket-mode", "0666"], wrapper: ["prlimit", "--nofile=64"])
    let many = try clients(60, user: 12_345, at: server)
    let answers = try await answers(many)
    let count = answers.count { $0 == "+PONG" }
    #expect(count > 20)
    #expect(answers[count...].allSatisfy { $0 == "-ERR max number of clients reached" })
    #expect(try await server.figure("connected_clients") == count + 1)
    #expect(try await server.figure("rejected_connections") == 60 - count)
    many.input.close()
    _ = await many.outcome()
  }

  /// Over TCP all clients are one user, and those without the password another.
  @Test func clientsWithoutThePasswordTakeNoPlaceOfOthers() async throws {
    let server = try await Octopusd(
      ["--tcp", "127.0.0.1:0", "--max-clients-per-user", "2"],
      environment: ["OCTOPUS_PASSWORD": "secret"])
    let script = """
      import socket, sys
      def connect():
          client = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
          client.settimeout(60)
          return client
      def answer(client, words):
          client.send(words)
          return client.recv(100).decode().split('\\r\\n')[0]
      silent = [connect() for _ in range(2)]
      print(answer(silent[0], b'PING\\r\\n'))
      print(connect().recv(100).decode().strip())
      print(answer(silent[0], b'AUTH secret\\r\\n'))
      late = [connect()]
      print(answer(late[0], b'AUTH secret\\r\\n'))
      last = connect()
      last.send(b'AUTH secret\\r\\n')
      print(last.makefile().read().replace('\\n', ' ').strip())
      print('all')
      """
    let program = try RunningProgram(
      "/usr/bin/python3", ["-c", script, try await server.readPort()])
    #expect(
      try await answers(program) == [
        "-NOAUTH Authentication required.", refusal, "+OK", "+OK", "+OK \(refusal)",
      ])
    _ = await program.outcome()
  }
}
