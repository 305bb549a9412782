import OctopusCollections
import OctopusProtocol
import OctopusRecords
import Testing

@testable import OctopusEngine
@testable import OctopusSession

/// The turns in which connections have their requests carried out.
@Suite struct TurnTests {
  @Test func connectionStopsWhenItsTurnIsOver() {
    let host = StubHost(requestsPerTurn: 10)
    let connection = host.connect(requests: 25)
    host.dispatcher.run(connection)
    #expect(host.carriedOut == 10)
    host.dispatcher.runTurns()
    host.dispatcher.runTurns()
    #expect(host.carriedOut == 20 && host.dispatcher.hasWork)
    host.dispatcher.drain()
    #expect(host.carriedOut == 25 && !host.dispatcher.hasWork)
  }

  @Test func everyConnectionHasItsTurnBeforeOneHasItsSecond() {
    let host = StubHost(requestsPerTurn: 5)
    let connections = (0..<3).map { _ in host.connect(requests: 20) }
    for connection in connections { host.dispatcher.run(connection) }
    host.dispatcher.drain()
    let turns = host.order.reduce(into: [Int64]()) { if $0.last != $1 { $0.append($1) } }
    let ids = connections.map(\.id)
    #expect(turns == ids + ids + ids + ids)
  }

  @Test func onlyOneOfThoseThatHaveUsedUpTheirTurnsRunsBeforeOthersAreLookedFor() {
    let host = StubHost(requestsPerTurn: 1)
    let busy = (0..<3).map { _ in host.connect(requests: 10) }
    for connection in busy { host.dispatcher.run(connection) }
    host.dispatcher.runTurns()
    host.order = []
    host.dispatcher.runTurns()
    #expect(host.carriedOut == 1)
    let other = host.connect(requests: 1)
    host.dispatcher.run(other)
    #expect(host.order.last == other.id)
  }

  @Test func inputForAConnectionThatHasUsedUpItsTurnWaits() {
    let host = StubHost(requestsPerTurn: 1)
    let connection = host.connect(requests: 1)
    host.dispatcher.run(connection)
    host.dispatcher.drain()
    host.receive(requests: 1, on: connection)
    host.dispatcher.run(connection)
    #expect(host.carriedOut == 1 && host.dispatcher.hasWork)
    host.dispatcher.runTurns()
    #expect(host.carriedOut == 2)
  }

  /// Others are looked for in between, and no connection is written twice before another.
  @Test func messageForManyConnectionsIsWrittenInParts() {
    let host = StubHost(requestsPerTurn: 10)
    let readers = (0..<1_000).map { _ in host.connect(requests: 0) }
    let subscribers = readers.map { Subscriber(session: $0.id, source: Array("m".utf8)) }
    for round in 1...2 {
      host.dispatcher.deliver { $0.append(.message("m", subscribers, 0)) }
      host.dispatcher.runTurns()
      let written = readers.count { ($0 as? Reader)?.flushes == round }
      #expect(written > 0 && written < 1_000 && host.dispatcher.hasWork)
      host.dispatcher.drain()
      #expect(readers.allSatisfy { ($0 as? Reader)?.flushes == round })
    }
  }

  /// Others are looked for in between.
  @Test func muchOutputOfOneConnectionIsWrittenInParts() {
    let host = StubHost(requestsPerTurn: 10)
    let connection = host.connect(requests: 0)
    let dispatcher = host.dispatcher
    (connection as? Reader)?.enqueue = { dispatcher.enqueueToWrite($0) }
    let text = String(repeating: "x", count: 100_000)
    let subscriber = Subscriber(session: connection.id, source: Array("m".utf8))
    dispatcher.deliver { effects in
      for number in 0..<100 {
        let record = try? Record(name: "m\(number)", attributes: ["t": .string(text)])
        if let record { effects.append(.message(record, [subscriber], 0)) }
      }
    }
    var calls = 0
    while dispatcher.hasWork || calls == 0 {
      dispatcher.runTurns()
      calls += 1
    }
    #expect(calls > 3 && !connection.hasOutput)
  }
}

/// A host whose turns are over after some requests.
private final class StubHost: DispatcherHost {
  let dispatcher = Dispatcher()
  var order: [Int64] = []
  private var connections = 0
  private let requestsPerTurn: Int
  private var left = 0

  var carriedOut: Int { order.count }

  init(requestsPerTurn: Int) {
    self.requestsPerTurn = requestsPerTurn
    dispatcher.host = self
  }

  /// A connection that has received PING several times.
  func connect(requests: Int) -> ClientConnection {
    connections += 1
    let connection = Reader(
      ConnectionStateMachine(
        id: Int64(connections),
        peer: Peer(transport: .inProcess, address: "a:0", localAddress: "b:0"),
        settings: .init(serverVersion: "0"),
        counters: dispatcher.counters))
    dispatcher.beginSession(for: connection)
    dispatcher.drain()
    receive(requests: requests, on: connection)
    return connection
  }

  func receive(requests: Int, on connection: ClientConnection) {
    let bytes = Array(String(repeating: "PING\r\n", count: requests).utf8)
    bytes.withUnsafeBytes { connection.input.append($0) }
  }

  func step(_ input: consuming Input, into effects: inout [Effect]) {}

  func prefetch(_ names: [NameHash]) {}
  func makeSessionID() -> SessionID { SessionID(connections) }

  func carryOut(_ command: ConnectionCommand, for connection: ClientConnection) {
    dispatcher.refuse(connection, Failure(.error, "not here"))
  }

  func authenticate(_ command: ConnectionCommand, for connection: ClientConnection) {}
  func beginTurn() { left = requestsPerTurn }
  func willCarryOut(_ connection: ClientConnection) {}

  func didCarryOut(_ connection: ClientConnection) -> Bool {
    order.append(connection.id)
    left -= 1
    return left <= 0
  }

  func didBeginSession(_ connection: ClientConnection) {}
  func didBeginClosing(_ connection: ClientConnection) {}
  func willEndSession(_ connection: ClientConnection) {}
}

/// A client that reads everything at once.
private final class Reader: ClientConnection {
  /// How often there was output.
  private(set) var flushes = 0
  /// Has it written again.
  var enqueue: ((ClientConnection) -> Void)?

  override func flush(most chunks: Int) -> Bool {
    if !protocolState.outbox.isEmpty { flushes += 1 }
    var left = chunks
    while left > 0, protocolState.outbox.takeChunk({ _ in }) { left -= 1 }
    if hasOutput { enqueue?(self) }
    return true
  }
}
