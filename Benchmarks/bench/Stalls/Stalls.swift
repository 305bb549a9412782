// How long a client can hold up the others: the worst PING of one while another does what costs the
// server most.

extension Workload {
  static let stalls = [
    stalls("queries", Disturbance.queries), stalls("writes", Disturbance.writes),
    stalls("watches", Disturbance.watches), stalls("queues", Disturbance.queues),
    stalls("server", Disturbance.server),
  ]

  private static func stalls(_ group: String, _ disturbances: [Disturbance]) -> Workload {
    Workload("stalls.\(group)") { context in
      let server = try LoadedServer(context)
      return try disturbances.map { try context.stall(group, $0, server) }
    }
  }
}
