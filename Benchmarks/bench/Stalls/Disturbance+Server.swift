// Commands about the server itself. They may hold up others for 100 ms.

extension Disturbance {
  static let server = [
    Disturbance("clients", isAboutServer: true) { server in
      for _ in 0..<server.count(1_000) { _ = try server.client() }
      let client = try server.client()
      return { try client.answer(["CLIENT", "LIST"]) }
    },
    Disturbance("info", isAboutServer: true, "INFO"),
    Disturbance("info.pipeline", isAboutServer: true, commands: 5_000) { _ in ["INFO"] },
    Disturbance("help.pipeline", isAboutServer: true, commands: 2_000) { _ in ["HELP"] },
    Disturbance("slowlog", isAboutServer: true) { server in
      let client = try server.client()
      _ = try client.pipeline(200) { _ in ["COUNT", "r'q'"] }
      return { try client.answer(["SLOWLOG", "GET", "1000"]) }
    },
    Disturbance(
      "config", isAboutServer: true, "CONFIG", "GET", String(repeating: "*", count: 1_000_000)),
    Disturbance("monitor", isAboutServer: true) { server in
      for _ in 0..<20 {
        let monitor = try server.client()
        try monitor.ask("MONITOR")
        monitor.discard()
      }
      let client = try server.client()
      return { try client.pipeline(1_000) { _ in ["PING"] } }
    },
  ]
}
