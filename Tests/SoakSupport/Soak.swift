import Foundation

/// Rounds of mixed work on one server. After each, the server must be as it was before.
package struct Soak {
  package struct Failed: Error {}

  private let program: String
  private let server: RunningServer
  private let steps: Int
  private let seed: UInt64
  private var total = Checker.Counts()
  private var memory: [Int] = []
  private var kills = 0
  private var cuts = 0

  /// - Parameters:
  ///   - program: this program.
  ///   - octopusd: the server.
  ///   - steps: of each worker in a round.
  package init(
    program: String, octopusd: String, loops: Int, steps: Int, seed: UInt64
  ) throws {
    self.program = program
    self.steps = steps
    self.seed = seed
    server = try RunningServer(octopusd, ServerOptions(loops: loops))
  }

  /// Runs at least `rounds` rounds, for at least `minutes` minutes.
  package mutating func run(rounds: Int, minutes: Double) throws {
    print("seed \(seed)")
    let end = Date(timeIntervalSinceNow: minutes * 60)
    var footprint: Int?
    while memory.count < rounds || Date() < end {
      let number = memory.count
      var round = RoundRunner(
        program: program, server: server, seed: seed &+ UInt64(number), steps: steps)
      let outcome = try round.run()
      total += outcome.counts
      kills += outcome.kills
      cuts += outcome.cuts
      let left = try clear(&footprint)
      guard outcome.violations.isEmpty, left.isEmpty else {
        print("round \(number), seed \(seed &+ UInt64(number)):")
        for violation in (outcome.violations + left).prefix(20) { print("  \(violation)") }
        try Self.keep(outcome.journals, self.seed)
        throw Failed()
      }
      if number.isMultiple(of: 10) { report() }
    }
    report()
    try checkMemory()
  }

  /// Keeps the journals for an investigation.
  static func keep(_ journals: [(name: String, bytes: [UInt8])], _ seed: UInt64) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "octopus-soak-\(seed)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, bytes) in journals {
      try Data(bytes).write(to: folder.appending(path: name))
    }
    print("the journals are in \(folder.path)")
  }

  /// Deletes all records; after that nothing of the round may be left.
  private mutating func clear(_ footprint: inout Int?) throws -> [String] {
    let client = try Client(server.socket, name: "sweeper") { _ in }
    var strange: [String] = []
    func expect(_ name: String, _ expected: Int) throws {
      let value = try server.figure(name, client)
      if value != expected { strange.append("\(name) is \(value), not \(expected)") }
    }
    try server.wait(for: "connected_clients", client) { $0 == 1 }
    try expect("transient_records", 0)
    _ = client.ask("DEL", "_", "ALL")
    for name in ["records", "attributes", "record_bytes", "triggers", "subscriptions", "waits"] {
      try expect(name, 0)
    }
    try expect("sessions", 1)
    // The counters of sequential names are kept forever.
    let held = try server.figure("used_memory_dataset", client)
    if let footprint { try expect("used_memory_dataset", footprint) } else { footprint = held }
    memory.append(try server.figure("used_memory_rss", client))
    return strange
  }

  private func report() {
    print(
      "\(memory.count) rounds: \(total.sessions) sessions, \(kills) killed, \(cuts) cut off; "
        + "\(total.changes) changes, \(total.events) events, \(total.reads) reads, "
        + "\(total.writes) writes, \(total.transactions) transactions, "
        + "\(total.messages) messages; \((memory.last ?? 0) >> 10) KiB resident")
    fflush(nil)
  }

  /// After a warm-up, the server's memory must not grow.
  private func checkMemory() throws {
    guard memory.count >= 10 else { return }
    let warm = memory[memory.count / 4]
    let last = memory.suffix(memory.count / 4).min() ?? 0
    print(
      "resident after a quarter of the rounds: \(warm >> 10) KiB, in the last: \(last >> 10) KiB")
    guard last <= warm + (4 << 20) else {
      print("that is not flat")
      throw Failed()
    }
  }
}
