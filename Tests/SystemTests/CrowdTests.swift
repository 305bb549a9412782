import Glibc
import Testing

/// Very many clients at once: each takes little memory, and other clients are served.
@Suite struct CrowdTests {
  @Test func tenThousandIdleConnectionsTakeLittleMemory() async throws {
    let server = try await Octopusd()
    let other = try server.connect()
    try await other.ask("SET here\r\n", "+OK\r\n")
    let before = try await server.figure("used_memory_rss")
    let size = try Self.size
    for attempt in 1...2 {
      let crowd = try await Crowd(of: size, at: server)
      let cost = (try await server.figure("used_memory_rss") - before) / size
      print("\(size) idle connections, attempt \(attempt): \(cost) bytes each")
      expect(bytes: cost, below: 16 << 10)
      try await other.ask("GET here\r\n", "$7\r\nhere {}\r\n")
      try await server.connect().ask("PING\r\n", "+PONG\r\n")
      await crowd.die()
      try await server.wait(for: "connected_clients") { $0 == 2 }
    }
    #expect(try await server.figure("sessions") == 2)
  }

  /// An incomplete frame takes hardly more memory than was sent of it, whatever length it
  /// announces.
  @Test(arguments: [
    (#"*2\r\n$3\r\nSET\r\n$2000000\r\na"#, 1), (#"*1000\r\n$2000000\r\n"#, 1),
    ("SET a", 1), (#"MULTI\r\nSET a\r\n*3\r\n$3\r\nSET\r\n$9"#, 1),
    (#"*2\r\n$3\r\nSET\r\n$2000000\r\na"#, 20_000),
  ])
  func incompleteFramesTakeNoMoreThanWasSent(frame: String, length: Int) async throws {
    let server = try await Octopusd()
    let before = try await server.figure("used_memory_rss")
    let size = try min(3_000, Self.size)
    let crowd = try await Crowd(
      of: size, saying: frame + String(repeating: "a", count: length), at: server)
    let cost = (try await server.figure("used_memory_rss") - before) / size
    expect(bytes: cost, below: (16 << 10) + 3 * length)
    try await server.connect().ask("SET b\r\n", "+OK\r\n")
    await crowd.die()
    try await server.wait(for: "connected_clients") { $0 == 1 }
    #expect(try await server.figure("records") == 1)
  }

  /// Connecting and closing leaves nothing: after the first rounds, memory does not grow.
  @Test(arguments: [1, 3]) func repeatedConnectAndCloseLeavesNothing(loops: Int) async throws {
    let server = try await Octopusd(["--loops", "\(loops)"])
    let greetings = [
      "", "PING\r\n", "SET a TRANSIENT\r\n", "SETSEQ s TRANSIENT\r\n", "SUBSCRIBE _\r\n",
      "PSUBSCRIBE _\r\n", "WAITFOR never\r\n", "HELLO 3\r\nOBSERVE _\r\nGET x TRIGGER ANY\r\n",
      "MULTI\r\nSET b\r\n", "*1\r\n$2", "QUIT\r\n", "\u{0}\u{1}",
    ]
    var memory: [Int] = []
    for _ in 0..<5 {
      await withTaskGroup(of: Void.self) { group in
        for task in 0..<4 {
          group.addTask {
            for number in 0..<250 {
              // The listening socket's backlog may be full.
              guard let client = try? server.connect() else { continue }
              await client.send(greetings[(number + task) % greetings.count])
            }
          }
        }
      }
      try await server.wait(for: "connected_clients") { $0 == 1 }
      memory.append(try await server.figure("used_memory_rss"))
    }
    expect(bytes: memory[4] - memory[1], below: 4 << 20)
    for name in ["records", "triggers", "subscriptions", "waits"] {
      #expect(try await server.figure(name) == 0, "\(name)")
    }
    #expect(try await server.figure("sessions") == 1)
  }

  /// The number of connections that the descriptor limit allows.
  private static var size: Int {
    get throws {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let size = min(10_000, Int(clamping: limit.rlim_max) - 100)
      if size < 10_000 {
        print("only \(size) connections: there are no more descriptors (ulimit -Hn)")
      }
      guard size >= 500 else {
        throw Failure("\(limit.rlim_max) descriptors are too few for this test (ulimit -Hn)")
      }
      return size
    }
  }
}

/// Connections of another process, each of which sends one text.
private struct Crowd {
  private let running: RunningProgram

  /// Returns once the server has accepted all of them.
  init(of count: Int, saying text: String = "", at server: Octopusd) async throws {
    let before = try await server.figure("connected_clients")
    running = try RunningProgram(
      repository + "/.venv/bin/python",
      [sourceDirectory + "/Python/crowd.py", "\(count)", text],
      environment: ["OCTOPUS_SOCKET": server.socket])
    guard try await running.output.readLine() == "there" else {
      throw Failure("the crowd has not come: \(await running.errors.readAll())")
    }
    try await server.wait(for: "connected_clients") { $0 == before + count }
  }

  /// Kills the process.
  func die() async {
    running.process.kill(SIGKILL)
    _ = await running.process.wait()
  }
}
