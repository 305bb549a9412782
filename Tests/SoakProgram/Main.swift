// The soak: mixed work on a real server for as long as one likes, and a check of everything that
// every client saw.
//
//   octopus-soak OCTOPUSD [--minutes N] [--rounds N] [--steps N] [--loops N] [--seed N]
//   octopus-soak OCTOPUSD --kills N [--bytes N] [--seed N]
//
// With --kills the server itself is killed, this often, and started again on the same directory:
// after events of at most N bytes each time.

import Foundation
import Generators
import SoakSupport

@main
enum Main {
  static func main() throws {
    signal(SIGPIPE, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "worker" { return try work(Array(arguments.dropFirst())) }
    guard let octopusd = arguments.first, !octopusd.hasPrefix("-") else {
      throw SoakFailure("which octopusd?")
    }
    func option(_ name: String, _ standard: Double) -> Double {
      guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else {
        return standard
      }
      return Double(arguments[place + 1]) ?? standard
    }
    let seed =
      arguments.firstIndex(of: "--seed").flatMap { UInt64(arguments[$0 + 1]) } ?? Random().seed
    let kills = Int(option("kills", 0))
    do {
      if kills > 0 {
        var soak = KillSoak(
          program: "/proc/self/exe", octopusd: octopusd, seed: seed,
          bytes: Int(option("bytes", 100_000)))
        return try soak.run(kills: kills)
      }
      var soak = try Soak(
        program: "/proc/self/exe", octopusd: octopusd, loops: Int(option("loops", 2)),
        steps: Int(option("steps", 500)), seed: seed)
      try soak.run(rounds: Int(option("rounds", 1)), minutes: option("minutes", 0))
    } catch is Soak.Failed {
      exit(1)
    }
  }

  /// A worker: its journal is what it prints.
  private static func work(_ arguments: [String]) throws {
    guard arguments.count == 4, let seed = UInt64(arguments[2]), let steps = Int(arguments[3])
    else {
      throw SoakFailure("worker SOCKET NAME SEED STEPS")
    }
    let worker = Worker(
      path: arguments[0], name: arguments[1], seed: seed, journal: output, nextServer: nextServer)
    try worker.run(steps: steps)
  }

  private static func output(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 else { exit(3) }
      rest = rest.dropFirst(count)
    }
  }

  /// Reads a line with the socket of the next server, and the steps to take there.
  private static func nextServer() -> (path: String, steps: Int)? {
    guard let words = readLine()?.split(separator: " "), words.count == 2,
      let steps = Int(words[1])
    else { return nil }
    return (String(words[0]), steps)
  }
}
