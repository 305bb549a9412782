import Foundation
import Generators

/// Rounds in which the server is killed again and again, each on a directory of its own and with
/// other options.
package struct KillSoak {
  private let program: String
  private let octopusd: String
  private let seed: UInt64
  private let bytes: Int
  private var random: Random
  private var total = Checker.Counts()
  private var kills = KillRunner.Kills()
  private var rounds = 0

  /// Kills of the server in a round.
  private static let killsOfARound = 10

  /// - Parameters:
  ///   - program: this program.
  ///   - octopusd: the server.
  ///   - bytes: of events, which the server tells an observer between two kills at most.
  package init(program: String, octopusd: String, seed: UInt64, bytes: Int) {
    self.program = program
    self.octopusd = octopusd
    self.seed = seed
    self.bytes = bytes
    random = Random(seed: seed)
  }

  /// Kills the server this often while clients work.
  package mutating func run(kills wanted: Int) throws {
    print("seed \(seed)")
    while kills.atWork < wanted {
      let options = options()
      var round = try KillRunner(
        program: program, octopusd: octopusd, options, seed: random.next(), bytes: bytes)
      let outcome = try round.run(kills: min(Self.killsOfARound, wanted - kills.atWork))
      total += outcome.counts
      kills += outcome.kills
      guard outcome.violations.isEmpty else {
        print("round \(rounds), octopusd \(options):")
        for violation in outcome.violations.prefix(20) { print("  \(violation)") }
        try Soak.keep(outcome.journals, seed)
        throw Soak.Failed()
      }
      rounds += 1
      if rounds.isMultiple(of: 10) || kills.atWork >= wanted { report() }
    }
  }

  private mutating func options() -> ServerOptions {
    var options = ServerOptions(loops: random.pick([1, 2]))
    options.fsync = random.pick(["second", "always", "never"])
    // With little slack, there are bases at all times.
    options.journalSlack = random.pick([2_000, 10_000, 100_000])
    options.revisionStride = random.pick([20_000, 1_000_000])
    return options
  }

  private func report() {
    print(
      "\(kills.atWork) kills of a busy server, \(kills.atStart) of one that starts, "
        + "\(kills.ofClients) of clients; \(kills.bases) bases; \(total.sessions) sessions, "
        + "\(total.writes) writes, \(total.changes) changes, \(total.events) events, "
        + "\(total.reads) reads, \(total.transactions) transactions; "
        + "after \(kills.unknown) kills nobody knew the last changes")
    fflush(nil)
  }
}
