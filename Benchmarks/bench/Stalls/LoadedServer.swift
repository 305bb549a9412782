import Foundation
import RESP

/// A server with a million records, the client that is held up, and the clients that do so.
final class LoadedServer {
  let records: Int
  let pinger: Pinger
  private let server: Server
  private let observer: Client
  private var clients: [Client] = []
  private let largest: Int

  /// A server with a single event loop, so that all clients wait for it.
  init(_ context: Context) throws {
    largest = context.sampling.largest
    records = min(1_000_000, largest)
    server = try Server(.octopus(program: context.octopusd), .preferred)
    observer = try Client(server.socket)
    pinger = Pinger(at: server.socket)
    try observer.load(records) { [records] in
      ["SET", "l_\($0) { i: \($0), v: \($0 % 97), t: 'text \($0 * 7_919 % records)', f: \($0).5 }"]
    }
  }

  /// A number of things to have, fewer in a quick run.
  func count(_ most: Int) -> Int { min(most, largest) }

  /// A new client, until `endSessions`.
  func client() throws -> Client {
    let client = try Client(server.socket)
    try client.ask("HELLO", "3")
    clients.append(client)
    return client
  }

  /// Ends the sessions of all clients, and waits until nothing is left of them.
  func endSessions() throws {
    for client in clients { client.wire.end() }
    clients = []
    try awaitEnd(
      of: "transient_records", "triggers", "subscriptions", "waits", "locks", "barriers")
  }

  /// Waits until INFO shows that there is none of these.
  func awaitEnd(of things: String...) throws {
    while true {
      guard case .bulk(let text) = try observer.ask("INFO") else { throw Wire.Failed.closed }
      let lines = String(decoding: text, as: UTF8.self).components(separatedBy: "\r\n")
      if things.allSatisfy({ lines.contains("\($0):0") }) { return }
      usleep(10_000)
    }
  }
}
