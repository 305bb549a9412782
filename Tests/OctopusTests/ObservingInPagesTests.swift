// Observing more than one step of the server can read, while others write.

import Octopus
import OctopusRecords
import OctopusSystem
import TestSupport
import Testing

@Suite struct ObservingInPagesTests {
  /// Each observation shows exactly what matched at its revision, and its changes lead from there
  /// to what is there in the end.
  @Test(arguments: ["_ { n < 60 }", "r'[02468]$'", "r'^a_' { n != 7 }", "_"])
  func observationInPagesIsOfOneMoment(_ text: String) async throws {
    let query = try Query(parsing: text)
    let random = Random.logged("\(query)")
    try await Backend.withServer(loops: 2, stepBudget: 20_000) { fixture in
      let history = History()
      var writers: [Writer] = []
      for salt in 0..<3 {
        let client = try await fixture.connect()
        writers.append(Writer(client, history, Random(seed: random.seed &+ UInt64(salt))))
      }
      for number in 0..<400 { try await writers[0].write("a_\(number)") }
      let watcher = try await fixture.connect(OctopusClient.Options(bufferLimit: 1 << 20))
      await expectRefusal(.limit) { () async throws(OctopusError) in
        _ = try await watcher.run(.find(query))
      }
      let observations = try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in writers {
          group.addTask {
            // Not until it is cancelled: a write that was sent must be in the history.
            while !history.isComplete { try await writer.write() }
          }
        }
        var observations: [OctopusClient.Observation] = []
        var interrupted = 0
        while interrupted < 5 {
          let before = history.revision
          observations.append(try await watcher.observe(query))
          if observations.last!.revision > before + 3 { interrupted += 1 }
        }
        history.complete()
        try await group.waitForAll()
        return observations
      }
      for observation in observations {
        let there = history.records(at: observation.revision).filter(query.matches)
        #expect(observation.records == there, "at \(observation.revision)")
      }
      for observation in observations { try await follow(observation, query, history) }
    }
  }

  /// Applies all changes to what was there: no revision goes back, each change begins where the
  /// one before it ended, and the end is what the store has.
  private func follow(
    _ observation: OctopusClient.Observation, _ query: Query, _ history: History
  ) async throws {
    let last = history.revision
    var records: [[UInt8]: Record] = [:]
    for record in observation.records { records[record.key] = record }
    #expect(records.count == observation.records.count)
    var revision = observation.revision
    let changes = history.changes(of: query, after: revision)
    var iterator = observation.changes.makeAsyncIterator()
    for change in try await iterator.take(changes.count) {
      #expect(change.revision > revision)
      revision = change.revision
      records[change.record.key] = change.isPresent ? change.record : nil
    }
    let there = history.records(at: last).filter(query.matches)
    #expect(records.count == there.count && there.allSatisfy { records[$0.key] == $0 })
  }
}

/// All writes, by their revisions.
private final class History: Sendable {
  /// The state of a name since a revision; nil: there is no such record.
  private let writes = Mutex<[Int64: (name: [UInt8], record: Record?)]>([:])
  private let completed = Mutex(false)

  var isComplete: Bool { completed.withLock { $0 } }

  func complete() { completed.withLock { $0 = true } }

  var revision: Int64 { writes.withLock { $0.keys.max() ?? 0 } }

  func add(_ revision: Int64, _ name: [UInt8], _ record: Record?) {
    writes.withLock { $0[revision] = (name, record) }
  }

  /// In natural order of names.
  func records(at revision: Int64) -> [Record] {
    var records: [[UInt8]: Record] = [:]
    for (number, write) in sorted where number <= revision { records[write.name] = write.record }
    return records.values.sorted { a, b in
      a.withContents { a in b.withContents { compareNaturally(a.name, $0.name) < 0 } }
    }
  }

  /// The revisions at which a record matched before or after.
  func changes(of query: Query, after revision: Int64) -> [Int64] {
    var records: [[UInt8]: Record] = [:]
    var changes: [Int64] = []
    for (number, write) in sorted {
      let states = [records[write.name], write.record].compactMap { $0 }
      records[write.name] = write.record
      if number > revision, states.contains(where: query.matches) { changes.append(number) }
    }
    return changes
  }

  private var sorted: [(key: Int64, value: (name: [UInt8], record: Record?))] {
    writes.withLock { $0.sorted { $0.key < $1.key } }
  }
}

/// Sets and deletes records, and writes down what it has done.
private actor Writer {
  private let client: OctopusClient
  private let history: History
  private var random: Random

  init(_ client: OctopusClient, _ history: History, _ random: Random) {
    (self.client, self.history, self.random) = (client, history, random)
  }

  /// Two names that Unicode takes for the same are two names.
  private static let names =
    (0..<500).map { "a_\($0)" } + ["caf\u{e9}_2", "cafe\u{301}_2", "a b_4", "z_0"]

  func write() async throws {
    let name = random.pick(Self.names)
    guard random.chance(40) else { return try await write(name) }
    let query = Array(name.utf8).withUnsafeBufferPointer { Query(exactName: $0) }
    let reply = try await client.revisioned(.delete(query))
    if reply.value == 1 { history.add(reply.revision, Array(name.utf8), nil) }
  }

  func write(_ name: String) async throws {
    let number = Int64.random(in: 0..<100, using: &random)
    let record = try Record(name: name, pairs: [("n", .integer(number))])
    let reply = try await client.revisioned(.set(Write(record)))
    history.add(reply.revision, record.key, record)
  }
}

extension Record {
  fileprivate var key: [UInt8] { withContents { Array($0.name) } }
}
