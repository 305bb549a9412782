import OctopusEngine
import RESP

// INFO's text: Redis's sections and names where the meaning is the same, since monitoring reads
// them.
extension ServerInfo {
  /// The sections in lower case that are wanted; `all`, `default`, `everything` or none: all.
  func text(sections wanted: [String]) -> String {
    let isForAll =
      wanted.isEmpty || wanted.contains { ["all", "default", "everything"].contains($0) }
    let sections: [(String, [(String, String)])] = [
      ("Server", server), ("Clients", clientLines), ("Memory", memory),
      ("Persistence", persistence),
      ("Stats", stats), ("Replication", replication), ("Errorstats", errors), ("Octopus", octopus),
      ("Keyspace", [("db0", "keys=\(engine.records),expires=0,avg_ttl=0")]),
    ]
    return sections.filter { isForAll || wanted.contains($0.0.lowercased()) }
      .map { section in
        "# \(section.0)\r\n" + section.1.map { "\($0.0):\($0.1)\r\n" }.joined()
      }
      .joined(separator: "\r\n")
  }

  private var server: [(String, String)] {
    var lines: [(String, String)] = [
      // The Redis whose protocol this is: clients choose by it what they send.
      ("redis_version", "7.0.0"), ("redis_mode", "standalone"), ("octopus_version", version),
      ("os", operatingSystem), ("arch_bits", "64"), ("process_id", "\(processID)"),
      ("tcp_port", "\(tcpPort)"), ("uptime_in_seconds", "\(uptimeSeconds)"),
      ("uptime_in_days", "\(uptimeSeconds / 86_400)"), ("event_loops", "\(eventLoops)"),
    ]
    if let socketPath { lines.append(("unix_socket", socketPath)) }
    return lines
  }

  private var clientLines: [(String, String)] {
    [
      ("connected_clients", "\(clients.connected)"), ("maxclients", "\(maximumClients)"),
      ("maxclients_per_user", "\(maximumClientsPerUser)"),
      ("blocked_clients", "\(clients.blocked)"), ("bound_clients", "\(clients.bound)"),
      ("monitor_clients", "\(clients.monitors)"),
    ]
  }

  private var memory: [(String, String)] {
    let limit = Int64(memoryLimit ?? 0)
    let used = engine.footprint + clients.memory + mailMemory
    return [
      // All that clients make the server hold, as it estimates it.
      ("used_memory", "\(used)"), ("used_memory_human", Self.human(Int64(used))),
      // Of that, what the engine holds, connections, and the mail between event loops.
      ("used_memory_dataset", "\(engine.footprint)"),
      ("mem_clients_normal", "\(clients.memory)"), ("mem_event_loops", "\(mailMemory)"),
      // What the process occupies.
      ("used_memory_rss", "\(residentMemory)"),
      ("used_memory_rss_human", Self.human(residentMemory)),
      ("used_memory_rss_peak", "\(residentPeak)"),
      ("used_memory_rss_peak_human", Self.human(residentPeak)),
      ("maxmemory", "\(limit)"), ("maxmemory_human", Self.human(limit)),
      ("maxmemory_policy", "noeviction"),
      ("maxmemory_refusals", "\(traffic.errorsByCode[.outOfMemory] ?? 0)"),
      ("queued_output_bytes", "\(clients.queuedOutputBytes)"),
    ]
  }

  private var persistence: [(String, String)] {
    // In the words of Redis, for tools that look there.
    [("loading", "0"), ("aof_enabled", journal == nil ? "0" : "1")] + journalLines + markLines
  }

  private var journalLines: [(String, String)] {
    guard let journal else { return [("journal_status", "none")] }
    let status = journal.error != nil ? "failing" : journal.isFull ? "full" : "ok"
    return [
      ("journal_status", status), ("journal_store", journal.store),
      ("journal_sync", journal.sync), ("journal_written_revision", "\(journal.written)"),
      ("journal_durable_revision", "\(journal.durable)"), ("journal_bytes", "\(journal.bytes)"),
      ("journal_files", "\(journal.files)"), ("journal_cut_bytes", "\(journal.cutBytes)"),
      ("journal_last_error", Self.line(journal.error)),
    ]
  }

  private var markLines: [(String, String)] {
    let refusals = ("readonly_refusals", "\(traffic.errorsByCode[.readOnly] ?? 0)")
    guard let revisionsReserved else { return [("revision_mark_status", "none"), refusals] }
    return [
      ("revision_mark_status", revisionMarkError == nil ? "ok" : "failing"),
      ("revisions_reserved", "\(revisionsReserved)"),
      ("revision_mark_last_error", Self.line(revisionMarkError)), refusals,
    ]
  }

  /// On one line, whatever the path in it is.
  private static func line(_ text: String?) -> String {
    (text ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private var stats: [(String, String)] {
    [
      ("total_connections_received", "\(traffic.connectionsReceived)"),
      ("rejected_connections", "\(connectionsRejected)"),
      ("total_commands_processed", "\(traffic.commandsProcessed)"),
      ("instantaneous_ops_per_sec", "\(clients.operationsPerSecond)"),
      ("total_net_input_bytes", "\(traffic.inputBytes)"),
      ("total_net_output_bytes", "\(traffic.outputBytes)"),
      ("evicted_clients", "\(traffic.clientsEvicted)"),
      ("overflowed_connections", "\(traffic.connectionsOverflowed)"),
      ("total_error_replies", "\(traffic.errorReplies)"), ("events_sent", "\(traffic.eventsSent)"),
      ("messages_sent", "\(traffic.messagesSent)"),
      // As Redis counts wrong passwords.
      ("acl_access_denied_auth", "\(traffic.errorsByCode[.wrongPassword] ?? 0)"),
    ]
  }

  private var replication: [(String, String)] { [("role", "master"), ("connected_slaves", "0")] }

  private var errors: [(String, String)] {
    traffic.errorsByCode.filter { $0.value > 0 }
      .map { ("errorstat_\($0.key.rawValue)", "count=\($0.value)") }
      .sorted { $0.0 < $1.0 }
  }

  private var octopus: [(String, String)] {
    [
      ("revision", "\(engine.revision)"), ("records", "\(engine.records)"),
      ("transient_records", "\(engine.transientRecords)"),
      ("record_bytes", "\(engine.recordBytes)"),
      ("attributes", "\(engine.attributes)"), ("sessions", "\(engine.sessions)"),
      ("triggers", "\(engine.triggers)"), ("subscriptions", "\(engine.subscriptions)"),
      ("waits", "\(engine.waits)"), ("counters", "\(engine.counters)"),
      ("locks", "\(engine.locks)"), ("semaphores", "\(engine.semaphores)"),
      ("barriers", "\(engine.barriers)"),
    ]
  }

  /// As Redis prints sizes for people: `1.09M`.
  static func human(_ bytes: Int64) -> String {
    if bytes < 1024 { return "\(bytes)B" }
    var unit = 1
    while unit < 4, bytes >> (10 * (unit + 1)) > 0 { unit += 1 }
    let size = Int64(1) << (10 * unit)
    let hundredths = bytes % size * 100 / size
    return "\(bytes / size).\(hundredths < 10 ? "0" : "")\(hundredths)"
      + ["K", "M", "G", "T"][unit - 1]
  }
}

extension RESPEncoder {
  /// INFO's text; `sections` as in `ConnectionCommand.info`.
  package mutating func append(_ info: ServerInfo, sections: [String]) {
    verbatim(info.text(sections: sections).utf8)
  }
}
