// A client whose server is the test: it reads the requests and sends the replies and pushes.

import OctopusRecords
import OctopusSystem
import RESP

@testable import Octopus

final class ScriptedServer: Transport {
  private struct State {
    var decoder = RequestDecoder()
    var requests: [[String]] = []
    var isClosed = false
    var waiters: [Waiter] = []

    /// Takes the waiters whose condition holds now.
    mutating func takeReady() -> [CheckedContinuation<Void, Never>] {
      let ready = waiters.filter { $0.isReady(self) }
      waiters = waiters.filter { !$0.isReady(self) }
      return ready.map(\.continuation)
    }
  }

  private struct Waiter {
    /// Nil: until it is closed.
    let requests: Int?
    let continuation: CheckedContinuation<Void, Never>

    func isReady(_ state: State) -> Bool {
      requests.map { state.requests.count >= $0 } ?? state.isClosed
    }
  }

  private let state = Mutex(State())

  /// A client whose server is the test.
  static func begin(_ options: OctopusClient.Options = OctopusClient.Options()) -> (
    ScriptedServer, OctopusClient
  ) {
    let server = ScriptedServer()
    return (server, OctopusClient(session: ClientSession(server), options: options))
  }

  func sendOutput(of session: ClientSession) {
    while let output = session.takeOutput() {
      let ready = state.withLock { state in
        output.withUnsafeBytes { bytes in
          var rest = bytes
          // The library sends well-formed requests; otherwise a test would miss one.
          while let request = try? state.decoder.next(&rest) {
            state.requests.append(request.map { String(decoding: $0, as: UTF8.self) })
          }
        }
        return state.takeReady()
      }
      for continuation in ready { continuation.resume() }
    }
  }

  func close() {
    let ready = state.withLock { state in
      state.isClosed = true
      return state.takeReady()
    }
    for continuation in ready { continuation.resume() }
  }

  /// Waits until the client has closed it.
  func closed() async { await wait(requests: nil) }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// The requests since the last call.
  func takeRequests() -> [[String]] {
    state.withLock { state in
      defer { state.requests = [] }
      return state.requests
    }
  }

  /// Waits until `count` requests were sent, and takes them.
  func requests(_ count: Int) async -> [[String]] {
    await wait(requests: count)
    return takeRequests()
  }

  private func wait(requests: Int?) async {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state in
        state.waiters.append(Waiter(requests: requests, continuation: continuation))
        return state.takeReady()
      }
      for continuation in ready { continuation.resume() }
    }
  }
}

extension OctopusClient {
  /// Sends replies and pushes to this client.
  func receives(_ values: RESPValue...) {
    for value in values { receives(bytes: value.encoded(version: .three)) }
  }

  func receives(bytes: [UInt8]) {
    bytes.withUnsafeBytes { session.receive($0) }
  }
}

extension RESPValue {
  static func event(
    _ trigger: Int64, _ kind: String, _ revision: Int64, _ record: String?, _ previous: Int64 = 0
  ) -> RESPValue {
    .push([
      .bulk("trigger"), .integer(trigger), .bulk(kind), .integer(revision),
      record.map { .bulk($0) } ?? .null, .integer(previous),
    ])
  }

  static func acknowledgement(_ kind: String, _ query: String, _ count: Int64) -> RESPValue {
    .push([.bulk(kind), .bulk(query), .integer(count)])
  }

  static func message(_ query: String, _ record: String) -> RESPValue {
    .push([.bulk("message"), .bulk(query), .bulk(record)])
  }

  static let ok = RESPValue.simpleString("OK")
}
