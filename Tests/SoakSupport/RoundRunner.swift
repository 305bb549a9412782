import Generators

/// Runs a round of mixed work: many worker processes, some of which are killed. In the end all that
/// the clients saw is checked.
package struct RoundRunner {
  package struct Outcome {
    package var violations: [String]
    package var counts: Checker.Counts
    package var kills = 0
    package var cuts = 0
    /// By client.
    package var journals: [(name: String, bytes: [UInt8])] = []
  }

  /// This program; with the argument `worker` it is a worker.
  private let program: String
  private let server: RunningServer
  private var random: Random
  private let steps: Int

  package init(program: String, server: RunningServer, seed: UInt64, steps: Int) {
    self.program = program
    self.server = server
    self.steps = steps
    random = Random(seed: seed)
  }

  package mutating func run() throws -> Outcome {
    let observer = Observer(of: server.socket)
    let admin = Notebook()
    let client = try Client(server.socket, name: "admin", journal: admin.append)

    let lasting = try (1...4).map { try start("w\($0)") }
    let doomed = try (5...6).map { try start("w\($0)") }
    var outcome = Outcome(violations: [], counts: .init())
    for one in doomed {
      // Each at another moment of its work.
      one.notebook.wait(forBytes: Int.random(in: 1...(steps * 200), using: &random))
      if one.kill() { outcome.kills += 1 }
    }
    let heirs = try (7...8).map { try start("w\($0)") }
    for _ in 0..<3 {
      let one = (lasting + heirs).randomElement(using: &random)!  // There are some.
      one.notebook.wait(forBytes: Int.random(in: 1...(steps * 300), using: &random))
      outcome.cuts += cutOff(one.name, client)
    }
    let workers = lasting + heirs
    _ = client.ask("WAITFOR", "r'^done[.]'", "COUNT", "\(workers.count)")
    _ = client.ask("SET", "finish { by: admin }", "REV")
    for worker in workers where !worker.finished() {
      outcome.violations.append("\(worker.name) has failed")
    }
    // All sessions but the observer's and the admin's are over, and their records gone.
    try server.wait(for: "sessions", client) { $0 == 2 }
    _ = client.ask("SET", "end { by: admin }", "REV")

    outcome.journals =
      [("observer", observer.journal()), ("admin", admin.bytes)]
      + (workers + doomed).map { ($0.name, $0.notebook.bytes) }
    let journals = try outcome.journals.map { try Journal.decode($0.bytes) }
    let checker = Checker(observer: journals[0], clients: Array(journals.dropFirst()))
    outcome.violations += checker.violations
    outcome.counts = checker.counts
    return outcome
  }

  private mutating func start(_ name: String) throws -> WorkerProcess {
    try WorkerProcess(
      program, name: name, socket: server.socket, seed: random.next(), steps: steps)
  }

  /// Ends a worker's connection, if it has one now.
  private func cutOff(_ name: String, _ client: Client) -> Int {
    let list = client.ask("CLIENT", "LIST")?.text ?? ""
    for line in list.split(separator: "\n") where line.contains(" name=\(name).") {
      let id = line.split(separator: " ").first { $0.hasPrefix("id=") }?.dropFirst(3)
      guard let id else { continue }
      return client.ask("CLIENT", "KILL", "ID", String(id))?.integer == 1 ? 1 : 0
    }
    return 0
  }
}
