// A lock: copies of this program print one at a time, in the order in which they asked.
//
//     octopusd &
//     swift run lock Alice & swift run lock Bob

import Octopus

let name = CommandLine.arguments.dropFirst().first ?? "someone"
let octopus = try await OctopusClient.connect()

// The lock is released when the closure ends, throws or is cancelled, and when the process dies.
try await octopus.withLock("printer", timeout: .seconds(30)) { lock in
  // Tokens grow. A printer that refuses a token smaller than one that it has seen is safe even from
  // a process that was stopped while it held the lock, and goes on when another has it.
  print("\(name) has the printer (token \(lock.token))")
  for page in 1...3 {
    try await Task.sleep(for: .milliseconds(100))
    print("\(name) prints page \(page)")
  }
}
octopus.close()
