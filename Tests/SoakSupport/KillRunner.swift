import Foundation
import Generators
import OctopusSystem
import TestSupport

/// Has workers work while their server is killed, and started again on the same state directory.
/// In the end all that the clients saw is checked, and what the disk had.
package struct KillRunner {
  package struct Outcome {
    package var violations: [String] = []
    package var counts = Checker.Counts()
    package var kills = Kills()
    /// By client.
    package var journals: [(name: String, bytes: [UInt8])] = []
  }

  package struct Kills: Sendable {
    /// While clients worked.
    package var atWork = 0
    /// While the server started.
    package var atStart = 0
    /// After which nobody knew the last changes.
    package var unknown = 0
    package var ofClients = 0
    /// Bases that were written meanwhile.
    package var bases = 0

    package static func += (a: inout Kills, b: Kills) {
      a.atWork += b.atWork
      a.atStart += b.atStart
      a.unknown += b.unknown
      a.ofClients += b.ofClients
      a.bases += b.bases
    }
  }

  private let program: String
  private let octopusd: String
  private let options: ServerOptions
  private let directory: TemporaryDirectory
  private let bytes: Int
  private var random: Random

  private var workers: [WorkerProcess] = []
  private var killed: [WorkerProcess] = []
  private var starts = 0
  private var lives: [Life] = []
  private var outcome = Outcome()
  /// The journal of the client that ends the work.
  private let admin = Notebook()

  /// - Parameters:
  ///   - program: this program; with the argument `worker` it is a worker.
  ///   - octopusd: the server.
  ///   - bytes: of events, which the server tells an observer between two kills at most.
  package init(
    program: String, octopusd: String, _ options: ServerOptions, seed: UInt64, bytes: Int
  ) throws {
    self.program = program
    self.octopusd = octopusd
    self.options = options
    self.bytes = bytes
    directory = try TemporaryDirectory()
    random = Random(seed: seed)
  }

  private var state: String { directory.path + "/state" }

  package mutating func run(kills: Int) throws -> Outcome {
    while outcome.kills.atWork < kills { try live() }
    try end()
    let clients = (workers + killed).map { ($0.name, $0.notebook.bytes) } + [("admin", admin.bytes)]
    outcome.journals += clients
    let checker = LivesChecker(lives, clients: try clients.map { try Journal.decode($0.1) })
    outcome.violations += checker.violations
    outcome.counts = checker.counts
    return outcome
  }

  // MARK: A life

  /// Starts the server, lets the workers work, and kills it.
  private mutating func live() throws {
    let began = Client.now()
    let server = try start()
    let archive = try FileArchive(of: state, in: directory.path + "/archive.\(starts)")
    let observer = Observer(of: server.socket) { try? archive.linkAll() }
    // Nobody changes anything before it is observed.
    try moveWorkers(to: server, steps: .max)
    try waitForAMoment(observer)
    count(try server.kill())
    outcome.kills.atWork += 1

    let bytes = observer.journal()
    outcome.journals.append(("observer.\(lives.count)", bytes))
    let journal = try Journal.decode(bytes)
    let image = try archive.image(after: StoreHistory(journal).end)
    if image == nil { outcome.kills.unknown += 1 }
    lives.append(
      Life(
        began: began, first: archive.first, observer: journal,
        end: image.map { .killed($0) } ?? .unknown))
  }

  /// Starts the server; sometimes it is killed while it starts.
  private mutating func start() throws -> RunningServer {
    while random.once(in: 4) {
      let server = try nextServer()
      lookAround(Int.random(in: 0...2_000, using: &random))
      count(try server.kill())
      outcome.kills.atStart += 1
    }
    let server = try nextServer()
    try server.waitUntilItListens()
    return server
  }

  /// Each has a socket of its own, so that no worker is there before the observer.
  private mutating func nextServer() throws -> RunningServer {
    starts += 1
    return try RunningServer(
      octopusd, options, socket: "\(directory.path)/\(starts).sock", state: state)
  }

  private mutating func moveWorkers(to server: RunningServer, steps: Int) throws {
    for worker in workers { worker.goOn(at: server.socket, steps: steps) }
    if random.once(in: 4), let one = workers.popLast() {
      if one.kill() { outcome.kills.ofClients += 1 }
      killed.append(one)
    }
    while workers.count < 6 {
      workers.insert(
        try WorkerProcess(
          program, name: "w\(workers.count + killed.count)", socket: server.socket,
          seed: random.next(), steps: steps, follows: true), at: 0)
    }
  }

  /// Some more changes have been observed, few or many.
  private mutating func waitForAMoment(_ observer: Observer) throws {
    let most = random.pick([bytes / 100, bytes / 10, bytes])
    let count = observer.notebook.count + Int.random(in: 0...most, using: &random)
    observer.notebook.wait(forBytes: count)
    lookAround(Int.random(in: 0...100, using: &random))
  }

  /// Does something that takes a moment.
  private func lookAround(_ times: Int) { for _ in 0..<times { _ = directory.contents } }

  private mutating func count(_ log: String) {
    outcome.kills.bases += log.split(separator: "\n").count { $0.contains("has a new base") }
  }

  // MARK: The end

  /// The last life: the workers finish, and what they have seen is complete.
  private mutating func end() throws {
    let began = Client.now()
    let server = try start()
    let archive = try FileArchive(of: state, in: directory.path + "/archive.\(starts)")
    let observer = Observer(of: server.socket)
    let client = try Client(server.socket, name: "admin", journal: admin.append)
    try moveWorkers(to: server, steps: 50)
    _ = client.ask("WAITFOR", "r'^done[.]'", "COUNT", "\(workers.count)")
    _ = client.ask("SET", "finish { by: admin }", "REV")
    for worker in workers where !worker.finished() {
      outcome.violations.append("\(worker.name) has failed")
    }
    try server.wait(for: "sessions", client) { $0 == 2 }
    _ = client.ask("SET", "end { by: admin }", "REV")
    let bytes = observer.journal()
    outcome.journals.append(("observer.\(lives.count)", bytes))
    lives.append(
      Life(began: began, first: archive.first, observer: try Journal.decode(bytes)))
    count(try server.kill())
  }
}
