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

  @Test func connectionsThatComeWhenThePassIsOverWaitForTheNext() {
    let host = StubHost(requestsPerTurn: 1)
    let connections = (0..<6).map { _ in host.connect(requests: 1) }
    host.leftInPass = 2
    for connection in connections { host.dispatcher.run(connection) }
    #expect(host.carriedOut == 2 && host.dispatcher.hasWork)
    host.leftInPass = 2
    host.dispatcher.runTurns()
    #expect(host.carriedOut == 4 && host.dispatcher.hasWork)
    host.leftInPass = 0
    host.dispatcher.runTurns()
    #expect(host.carriedOut == 5)
  }

  @Test func connectionThatHasUsedUpItsTurnIsNotLeftOutForOthersThatComeAllTheTime() {
    let host = StubHost(requestsPerTurn: 1)
    let patient = host.connect(requests: 2)
    host.dispatcher.run(patient)
    for _ in 0..<3 {
      host.leftInPass = 0
      let others = (0..<3).map { _ in host.connect(requests: 1, drains: false) }
      for other in others { host.dispatcher.run(other) }
      host.leftInPass = 2
      host.dispatcher.runTurns()
    }
    #expect(host.order.count { $0 == patient.id } == 2)
  }

  @Test func connectionWithOutputWaitsLikeOthersWhenThePassIsOver() {
    let host = StubHost(requestsPerTurn: 10)
    let connection = host.connect(requests: 0)
    let subscribers = [Subscriber(session: connection.id, source: Array("m".utf8))]
    host.dispatcher.deliver { $0.append(.message("m", subscribers, 0)) }
    host.receive(requests: 1, on: connection)
    host.leftInPass = 0
    host.dispatcher.run(connection)
    #expect(host.carriedOut == 0)
    host.leftInPass = .max
    host.dispatcher.drain()
    #expect(host.carriedOut == 1)
  }

  @Test func sessionThatAClientEndsItselfEndsAtOnce() {
    let host = StubHost(requestsPerTurn: 1)
    let connection = host.connect(requests: 0)
    host.leftInPass = 0
    host.dispatcher.beginSession(for: connection)
    #expect(host.ended == 1)
    host.dispatcher.close(connection)
    #expect(host.ended == 2)
  }

  @Test func replyIsWrittenBeforeThoseThatWaitedHaveTheirTurns() {
    let host = StubHost(requestsPerTurn: 1)
    let waiting = (0..<2).map { _ in host.connect(requests: 3) }
    for connection in waiting { host.dispatcher.run(connection) }
    host.dispatcher.runTurns()
    let other = host.connect(requests: 1, drains: false)
    host.dispatcher.run(other)
    var flushes: [Int] = []
    host.willCarryOut = { flushes.append((other as? Reader)?.flushes ?? 0) }
    host.dispatcher.runTurns()
    #expect(flushes == [1])
  }

  @Test func usersTakeTurnsWhateverTheNumberOfTheirConnections() {
    let host = StubHost(requestsPerTurn: 1)
    let many = (0..<20).map { _ in host.connect(requests: 3, user: 7) }
    let one = host.connect(requests: 3, user: 8)
    host.leftInPass = 0
    for connection in many + [one] { host.dispatcher.run(connection) }
    #expect(host.carriedOut == 0)
    while host.dispatcher.hasWork { host.dispatcher.runTurns() }
    #expect(host.carriedOut == 63)
    let last = host.order.lastIndex(of: one.id)
    #expect(last.map { $0 < 10 } ?? false, "\(host.order)")
  }

  @Test func sessionsThatEndWhenThePassIsOverEndInTheNext() {
    let host = StubHost(requestsPerTurn: 1)
    let connections = (0..<6).map { _ in host.connect(requests: 0) }
    host.leftInPass = 2
    for connection in connections { host.dispatcher.close(connection, mayWait: true) }
    #expect(host.ended == 2 && host.dispatcher.hasWork)
    host.leftInPass = 2
    host.dispatcher.runTurns()
    #expect(host.ended == 4 && host.dispatcher.hasWork)
    host.leftInPass = 0
    host.dispatcher.runTurns()
    #expect(host.ended == 5)
    host.dispatcher.drain()
    #expect(host.ended == 6 && !host.dispatcher.hasWork)
  }

  @Test func outputThatIsDroppedIsFreedInParts() throws {
    let host = StubHost(requestsPerTurn: 1)
    let connection = host.connect(requests: 0)
    let text = String(repeating: "x", count: 70_000)
    let record = try Record(name: "m", attributes: ["t": .string(text)])
    let subscribers = [Subscriber(session: connection.id, source: Array("m".utf8))]
    let effects = (0..<10_000).map { Effect.message($0 == 0 ? record : "m", subscribers, 0) }
    host.dispatcher.deliver { $0 += effects }
    host.dispatcher.discardOutput(of: connection)
    #expect(!connection.hasOutput && connection.memory(discarded: 0).output == 0)
    var calls = 0
    while host.dispatcher.hasWork {
      host.dispatcher.runTurns()
      calls += 1
    }
    #expect(calls > 1)
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

  @Test func replyDoesNotWaitForAMessageToManyConnections() {
    let host = StubHost(requestsPerTurn: 10)
    let readers = (0..<2_000).map { _ in host.connect(requests: 0) }
    let subscribers = readers.map { Subscriber(session: $0.id, source: Array("m".utf8)) }
    host.dispatcher.deliver { $0.append(.message("m", subscribers, 0)) }
    host.dispatcher.runTurns()
    let other = host.connect(requests: 0, drains: false)
    host.receive(requests: 1, on: other)
    host.dispatcher.run(other)
    host.dispatcher.runTurns()
    #expect((other as? Reader)?.flushes == 1 && host.dispatcher.hasWork)
    host.dispatcher.drain()
    #expect(readers.allSatisfy { ($0 as? Reader)?.flushes == 1 })
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
  /// How many requests and ends of sessions there may be before the host looks for new requests.
  var leftInPass = Int.max
  var willCarryOut: (() -> Void)?
  /// How many sessions have ended in the engine.
  private(set) var ended = 0

  var carriedOut: Int { order.count }

  init(requestsPerTurn: Int) {
    self.requestsPerTurn = requestsPerTurn
    dispatcher.host = self
  }

  /// A connection that has received PING several times.
  func connect(requests: Int, user: UInt32 = 0, drains: Bool = true) -> ClientConnection {
    connections += 1
    let connection = Reader(
      ConnectionStateMachine(
        id: Int64(connections),
        peer: Peer(transport: .inProcess, address: "a:0", localAddress: "b:0", userID: user),
        settings: .init(serverVersion: "0"),
        counters: dispatcher.counters))
    dispatcher.beginSession(for: connection)
    if drains { dispatcher.drain() }
    receive(requests: requests, on: connection)
    return connection
  }

  func receive(requests: Int, on connection: ClientConnection) {
    let bytes = Array(String(repeating: "PING\r\n", count: requests).utf8)
    bytes.withUnsafeBytes { connection.input.append($0) }
  }

  func step(_ input: consuming Input, into effects: inout [Effect]) {
    if case .ended = consume input { ended += 1 }
  }

  func prefetch(_ names: [NameHash]) {}
  func makeSessionID() -> SessionID { SessionID(connections) }

  func carryOut(_ command: ConnectionCommand, for connection: ClientConnection) {
    dispatcher.refuse(connection, Failure(.error, "not here"))
  }

  func authenticate(_ command: ConnectionCommand, for connection: ClientConnection) {}
  var isPassOver: Bool { leftInPass <= 0 }
  func continuePass() {}
  func extendPass() {}
  func beginTurn() { left = requestsPerTurn }
  func willCarryOut(_ connection: ClientConnection) { willCarryOut?() }

  func didCarryOut(_ connection: ClientConnection) -> Bool {
    order.append(connection.id)
    left -= 1
    leftInPass -= 1
    return left <= 0
  }

  func didBeginSession(_ connection: ClientConnection) {}
  func didBeginClosing(_ connection: ClientConnection) {}
  func willEndSession(_ connection: ClientConnection) {}
  func didEndSession() { leftInPass -= 1 }
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
