import Generators
import OctopusProtocol
import OctopusRecords
import RESP
import SessionSupport
import Testing

@testable import OctopusEngine
@testable import OctopusSession

/// The output of a connection, however slowly it is taken.
@Suite struct OutboxTests {
  /// Against a reference that renders everything at once.
  @Test func anyOrderOfDrainingGivesTheSameOutput() {
    var random = Random()
    print("OutboxTests: OCTOPUS_TEST_SEED=\(random.seed)")
    for _ in 0..<80 {
      var outbox = Outbox()
      var reference = RESPEncoder(version: .two)
      var output: [UInt8] = []
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        append(anything: &random, to: &outbox, and: &reference)
        if Int.random(in: 0..<4, using: &random) == 0 {
          _ = outbox.takeChunk { output += $0 }
        }
      }
      while outbox.takeChunk({ output += $0 }) {}
      #expect(output == reference.bytes)
      #expect(outbox.isEmpty && outbox.queuedPushBytes == 0 && outbox.hasRoom)
    }
  }

  /// The account of the queue, against one that is counted again from all that waits.
  @Test func footprintIsThatOfWhatWaits() {
    var random = Random()
    print("OutboxTests: OCTOPUS_TEST_SEED=\(random.seed)")
    for _ in 0..<80 {
      var outbox = Outbox()
      var reference = RESPEncoder(version: .two)
      var waiting: [(own: Int, records: Int)] = []
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        let size = append(anything: &random, to: &outbox, and: &reference)
        if outbox.queuedCount > waiting.count { waiting.append(size) }
        if Int.random(in: 0..<4, using: &random) == 0 { _ = outbox.takeChunk { _ in } }
        waiting.removeFirst(waiting.count - outbox.queuedCount)
        let own = waiting.reduce(0) { $0 + $1.own + Outbox.itemBytes }
        #expect(outbox.queueFootprint == own)
        // All records have been discarded since.
        let pinned = outbox.pinnedBytes(discarded: .max)
        #expect(pinned >= waiting.reduce(0) { $0 + $1.records })
        if waiting.allSatisfy({ $0.records == 0 }), outbox.hasRoom { #expect(pinned == 0) }
      }
      while outbox.takeChunk({ _ in }) {}
      #expect(outbox.footprint == 0 && outbox.pinnedBytes(discarded: .max) == 0)
    }
  }

  @Test func queuedReplyHoldsOnlyWhatWasDiscardedSince() throws {
    let record = try Record(parsing: "r { text: '\(String(repeating: "x", count: 1_000))' }")
    var outbox = Outbox()
    outbox.append(
      .records(Array(repeating: record, count: 1_000)), discardedBefore: 5_000_000)
    #expect(outbox.pinnedBytes(discarded: 5_000_000) == 0)
    #expect(outbox.pinnedBytes(discarded: 5_000_700) == 700)
    #expect(outbox.pinnedBytes(discarded: 9_000_000) == 1_000 * record.detachedFootprint)
    while outbox.takeChunk({ _ in }) {}
    #expect(outbox.pinnedBytes(discarded: 9_000_000) == 0)
  }

  /// Returns what it occupies in the queue.
  @discardableResult
  private func append(
    anything random: inout Random, to outbox: inout Outbox, and reference: inout RESPEncoder
  ) -> (own: Int, records: Int) {
    let record = Generated.record(names: 5, using: &random)
    var fits = true
    var size = (own: 0, records: 0)
    let before = reference.bytes.count
    switch Int.random(in: 0..<7, using: &random) {
    case 0:
      let records = Array(repeating: record, count: Int.random(in: 0...5_000, using: &random))
      let reply = Reply.array([.records(records), .integer(7)])
      outbox.append(reply)
      reference.append(reply)
      size = reply.footprint
    case 1:
      outbox.append(.record(record))
      reference.append(Reply.record(record))
      size = Reply.record(record).footprint
    case 2:
      outbox.append { $0.integer(5) }
      reference.integer(5)
      size.own = reference.bytes.count - before
    case 3:
      let event = Event(kind: .set, revision: 3, record: record, previous: 2)
      fits = outbox.append(event, to: .trigger(1), isLast: false)
      reference.append(event, to: .trigger(1), isLast: false)
      size.own = reference.bytes.count - before
    case 4:
      var message = RenderedMessage(record)
      fits = outbox.append(&message, source: [0x5f])
      reference.append(message: record, source: [0x5f])
      size.own = reference.bytes.count - before
    case 5:
      fits = outbox.append(rendered: Array("+line\r\n".utf8))
      reference.simple("line")
      size.own = reference.bytes.count - before
    default:
      let version = Bool.random(using: &random) ? RESPVersion.two : .three
      outbox.setVersion(version)
      reference.version = version
    }
    #expect(fits)
    return size
  }

  @Test func messageToManySubscribersIsRenderedAsForEachAlone() {
    let record: Record = "r { a: 'b' }"
    let subscribers: [(version: RESPVersion, source: String)] = [
      (.two, "r"), (.two, "r"), (.three, "r"), (.three, "_"), (.two, "_ { a: 'b' }"), (.two, "r"),
    ]
    var message = RenderedMessage(record, to: subscribers.count)
    for (version, source) in subscribers {
      var outbox = Outbox()
      var reference = RESPEncoder(version: version)
      outbox.setVersion(version)
      #expect(outbox.append(&message, source: Array(source.utf8)))
      reference.append(message: record, source: Array(source.utf8))
      var output: [UInt8] = []
      while outbox.takeChunk({ output += $0 }) {}
      #expect(output == reference.bytes)
    }
  }

  @Test func largeReplyIsRenderedChunkByChunk() throws {
    let record = try Record(parsing: "r { text: '\(String(repeating: "x", count: 1_000))' }")
    var outbox = Outbox()
    outbox.append(.records(Array(repeating: record, count: 10_000)))
    #expect(!outbox.hasRoom)
    var chunks = 0
    while outbox.takeChunk({ #expect($0.count < Outbox.chunkBytes + 2_000) }) { chunks += 1 }
    #expect(chunks > 10_000_000 / (Outbox.chunkBytes + 2_000))
    #expect(outbox.hasRoom)
  }

  /// A record of a megabyte, over and over, until the queue is full.
  private func fill(_ outbox: inout Outbox) throws -> Int {
    let text = String(repeating: "x", count: Limits.recordBytes - 100)
    let record = try Record(parsing: "r { text: '\(text)' }")
    let event = Event(kind: .set, revision: 1, record: record, previous: 0)
    var count = 0
    while outbox.append(event, to: .trigger(1), isLast: false) { count += 1 }
    return count
  }

  @Test func queuedEventsAreBoundedInBytes() throws {
    var outbox = Outbox()
    let count = try fill(&outbox)
    // The first is rendered at once; the others fill the queue.
    #expect(count - 1 == SessionLimits.queueBytes / Limits.recordBytes)
    #expect(outbox.queuedPushBytes <= SessionLimits.queueBytes)
    for _ in 0..<2 { _ = outbox.takeChunk { _ in } }
    var more = outbox
    #expect(try fill(&more) == 1, "room for what was taken")
  }

  @Test func queuedDeferredRepliesAreBoundedInBytes() throws {
    let text = String(repeating: "x", count: Limits.recordBytes - 100)
    let record = try Record(parsing: "r { text: '\(text)' }")
    var outbox = Outbox()
    var count = 0
    while outbox.append(deferred: Array("t\(count)".utf8), .record(record)) { count += 1 }
    #expect(count - 1 == SessionLimits.queueBytes / Limits.recordBytes)
    #expect(outbox.queuedPushBytes <= SessionLimits.queueBytes)
    var output: [UInt8] = []
    while outbox.takeChunk({ output += $0 }) {}
    #expect(outbox.queuedPushBytes == 0)
    let whole = String(decoding: output, as: UTF8.self)
    #expect(whole.split(separator: "deferred").count == count + 1)
    #expect(whole.hasPrefix("*3\r\n$8\r\ndeferred\r\n$2\r\nt0\r\n$"))
  }

  @Test func tensOfThousandsOfPushesComeOutInOrder() {
    var outbox = Outbox()
    var (expected, output): ([UInt8], [UInt8]) = ([], [])
    func push(_ numbers: Range<Int>) {
      for number in numbers {
        let line = Array(">1\r\n:\(number)\r\n".utf8)
        let hasRoom = outbox.append(rendered: line)
        #expect(hasRoom)
        expected += line
      }
    }
    push(0..<30_000)
    while outbox.queuedCount > 1_000 { _ = outbox.takeChunk { output += $0 } }
    push(30_000..<60_000)
    while outbox.takeChunk({ output += $0 }) {}
    #expect(output == expected && outbox.isEmpty && outbox.queuedPushBytes == 0)
  }

  @Test func overflowErrorFollowsWholeOutput() throws {
    var outbox = Outbox()
    _ = try fill(&outbox)
    var discarded = DiscardedOutput()
    outbox.overflow(Failure(.overflow, "gone"), into: &discarded)
    var output: [UInt8] = []
    while outbox.takeChunk({ output += $0 }) {}
    #expect(output.count < 2 * Limits.recordBytes)
    #expect(String(decoding: output.suffix(16), as: UTF8.self) == "-OVERFLOW gone\r\n")
  }

  @Test func overflowErrorIsOmittedInsideAReply() throws {
    let record = try Record(parsing: "r {}")
    var outbox = Outbox()
    outbox.append(.records(Array(repeating: record, count: 100_000)))
    _ = try fill(&outbox)
    var discarded = DiscardedOutput()
    outbox.overflow(Failure(.overflow, "gone"), into: &discarded)
    var output: [UInt8] = []
    while outbox.takeChunk({ output += $0 }) {}
    #expect(!String(decoding: output, as: UTF8.self).contains("OVERFLOW"))
  }
}

/// Clients that send and do not read.
@Suite struct SlowReaderTests {
  private let server = SessionHarness()

  @Test func largeReplyHoldsBackLaterRequests() {
    let client = server.connect()
    for index in 0..<3_000 {
      server.send(request("SET", "record_\(index) { text: 'just long enough' }"), to: client)
    }
    _ = server.read(client)
    server.takesOutput = false
    let find = request("FIND", "_")
    server.send(find + find + request("PING"), to: client)
    #expect(server.inputBytes(of: client) == find.utf8.count + request("PING").utf8.count)
    server.takesOutput = true
    let output = server.exchange("", on: client)
    let lines = output.split(separator: "\r\n")
    #expect(lines.last == "+PONG")
    #expect(lines.count { $0 == "*3000" } == 2)
  }

  @Test func requestsWithoutReadingTakeBoundedMemory() {
    let client = server.connect()
    server.takesOutput = false
    let echo = request("ECHO", String(repeating: "x", count: 1_000))
    server.send(String(repeating: echo, count: 1_000), to: client)
    #expect(server[client]!.outbox.waitingBytes < Outbox.chunkBytes + 2_000)
    #expect(server.inputBytes(of: client) > 900 * echo.utf8.count)
    server.takesOutput = true
    let answers = server.exchange("", on: client)
    let count = answers.split(separator: "\r\n").count { $0 == "$1000" }
    #expect(count == 1_000)
  }

  @Test func slowReaderOfEventsGetsOverflowAndIsClosed() {
    let client = server.connect()
    let other = server.connect()
    server.send(request("HELLO", "3") + request("OBSERVE", "_"), to: client)
    _ = server.read(client)
    server.takesOutput = false
    let text = String(repeating: "x", count: Limits.recordBytes - 100)
    var sent = 0
    while !server.isClosing(client), sent < 100 {
      server.send(request("SET", "big { t: '\(text)' }"), to: other)
      while server.takeChunk(other) != nil {}
      sent += 1
    }
    #expect(server.isClosing(client))
    #expect(
      server.read(client).hasSuffix(
        "-OVERFLOW events were not read in time: the session has ended\r\n"))
    #expect(server.counters.traffic.errorsByCode[.overflow] == 1)
  }
}
