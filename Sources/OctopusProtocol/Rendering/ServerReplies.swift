import OctopusEngine
import RESP

// What the server answers to the commands of connection and server.
extension RESPEncoder {
  /// PING's answer; a RESP2 subscriber's is an array, like everything that it gets.
  package mutating func append(pong message: [UInt8]?, isRESP2Subscriber: Bool) {
    if isRESP2Subscriber {
      arrayHeader(2)
      bulk("pong")
      bulk(message ?? [])
    } else if let message {
      bulk(message)
    } else {
      simple("PONG")
    }
  }

  /// HELLO's map, in the words of `version`.
  ///
  /// - Parameter journal: the store's id, and the revision up to which all changes are on the disk;
  ///   nil: no journal is kept.
  package mutating func append(
    helloFrom client: Int64, serverVersion: String, journal: (store: String, durable: Int64)? = nil
  ) {
    mapHeader(journal == nil ? 7 : 9)
    bulk("server")
    bulk("octopus")
    bulk("version")
    bulk(serverVersion)
    bulk("proto")
    integer(version.rawValue)
    bulk("id")
    integer(client)
    bulk("mode")
    bulk("standalone")
    bulk("role")
    bulk("master")
    bulk("modules")
    arrayHeader(0)
    guard let journal else { return }
    bulk("store")
    bulk(journal.store)
    bulk("durable")
    integer(journal.durable)
  }

  /// BACKUP: what was begun.
  package mutating func append(backupOf store: String, revision: Int64, byteCount: Int) {
    mapHeader(3)
    bulk("store")
    bulk(store)
    bulk("revision")
    integer(revision)
    bulk("bytes")
    integer(byteCount)
  }

  /// TIME: seconds and microseconds.
  package mutating func append(unixMicroseconds: Int64) {
    arrayHeader(2)
    bulk(String(unixMicroseconds / 1_000_000))
    bulk(String(unixMicroseconds % 1_000_000))
  }

  /// CONFIG GET: a map of the parameters, sorted, whose names match a pattern.
  package mutating func append(configuration: [String: String], patterns: [String]) {
    let globs = patterns.map { Glob($0.lowercased()) }
    let matching = configuration.filter { parameter in globs.contains { $0.matches(parameter.key) }
    }
    mapHeader(matching.count)
    for (name, value) in matching.sorted(by: { $0.key < $1.key }) {
      bulk(name)
      bulk(value)
    }
  }

  /// HELP, and the HELP subcommand of a command.
  package mutating func append(helpFor command: CommandName?) {
    let lines = CommandTable.standard.help(for: command)
    arrayHeader(lines.count)
    for line in lines { simple(line.utf8) }
  }
}
