// A watch: every record that matches a query, and then every change, without a gap in between.
//
//     octopusd &
//     swift run watch "_ { temperature > 30 }" &
//     octopus set "kitchen { temperature: 31 }"

import Octopus

@main struct Watch {
  static func main() async throws {
    let query = try Query(parsing: CommandLine.arguments.dropFirst().first ?? "_")
    let octopus = try await OctopusClient.connect()
    while true {
      do {
        for try await change in octopus.watch(query) { show(change) }
      } catch {
        // A program that reads too slowly misses changes: it begins again with the present state.
        guard error == .overflow else { throw error }
      }
    }
  }

  static func show(_ change: OctopusClient.Change) {
    switch change.kind {
    case .existing: print("is there: \(change.record)")
    case .set: print("set: \(change.record)")
    case .deleted: print("deleted: \(change.record.name)")
    case .out: print("matches no longer: \(change.record)")
    }
  }
}
