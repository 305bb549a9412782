import Foundation
import Octopus
import RESP

/// The embedded engine of the client library, on the real clock.
package final class EmbeddedBackend: Backend {
  private let engine: OctopusClient.Embedded
  private var clients: [String: EmbeddedConnection] = [:]

  package init(memoryLimit: Int? = nil) {
    engine = OctopusClient.Embedded(memoryLimit: memoryLimit)
  }

  package var hasManualClock: Bool { false }

  package func send(_ request: Request, from client: String) throws {
    if clients[client] == nil { clients[client] = engine.open().attach(EmbeddedConnection.init) }
    clients[client]?.send(request.encoded)
  }

  package func disconnect(_ client: String) throws {
    guard let connection = clients.removeValue(forKey: client) else {
      throw BackendFailure(description: "\(client) is not connected")
    }
    connection.close()
  }

  package func advance(milliseconds: Int64, until expected: [String: Int]) throws {
    for (client, count) in expected { try clients[client]?.wait(for: count) }
  }

  package func received() throws -> [String: [RESPValue]] {
    // A thread that has brought a client's output may still be about to bring others theirs.
    for _ in 0..<2 { for client in clients.values { client.waitForDelivery() } }
    return try clients.mapValues { try $0.takeReceived() }
  }
}

/// A client of the embedded engine that keeps what it receives.
// Safe to share: the condition guards everything that changes.
private final class EmbeddedConnection: EmbeddedSession, @unchecked Sendable {
  private let link: EmbeddedLink
  private let condition = NSCondition()
  private var output: [UInt8] = []
  private var decoder = ReplyDecoder()
  private var received: [RESPValue] = []
  private var failure: (any Error)?
  /// How many times the link has asked for output: it does so before it delivers, and again after.
  private var deliveries = 0

  init(_ link: EmbeddedLink) { self.link = link }

  func send(_ bytes: [UInt8]) {
    condition.withLock { output += bytes }
    link.move(self)
  }

  func close() { link.close() }

  func takeOutput() -> [UInt8]? {
    condition.withLock {
      defer { output = [] }
      deliveries += 1
      condition.broadcast()
      return output.isEmpty ? nil : output
    }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) {
    condition.withLock {
      do { received += try decoder.values(in: bytes) } catch { failure = error }
      condition.broadcast()
    }
  }

  func end(_ error: OctopusError) {
    condition.withLock {
      failure = error
      condition.broadcast()
    }
  }

  /// Waits until a delivery that another thread may be carrying out has ended.
  func waitForDelivery() {
    for _ in 0..<2 {
      let before = condition.withLock { deliveries }
      link.move(self)
      condition.withLock { while deliveries == before { condition.wait() } }
    }
  }

  /// Waits until this many values have arrived.
  func wait(for count: Int) throws {
    try condition.withLock {
      // Longer than any test takes, so that a missing reply fails the test and does not hang it.
      let limit = Date(timeIntervalSinceNow: 60)
      while received.count < count, failure == nil {
        guard condition.wait(until: limit) else {
          throw BackendFailure(description: "nothing came for a minute")
        }
      }
    }
  }

  func takeReceived() throws -> [RESPValue] {
    try condition.withLock {
      if let failure, received.isEmpty { throw failure }
      defer { received = [] }
      return received
    }
  }
}
