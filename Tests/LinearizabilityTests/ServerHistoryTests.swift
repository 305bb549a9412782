import Generators
import Glibc
import Octopus
import OctopusServer
import OctopusSystem
import Testing

import struct Synchronization.Atomic

/// Concurrent histories of a real server, over its socket, must be linearizable.
@Suite struct ServerHistoryTests {
  @Test(arguments: [1, 2])
  func concurrentHistoryIsLinearizable(loops: Int) async throws {
    for _ in 0..<10 {
      let seed = Random().seed
      let history = try await Self.record(loops: loops, seed: seed)
      // Otherwise the events were not looked at.
      #expect(history.contains { $0.hasReport })
      let verdict = Linearizability.check(history, from: StoreModel())
      #expect(
        verdict.isLinearizable,
        "seed \(seed), \(loops) loops: \(verdict.longest.count) of \(history.count) operations fit")
    }
  }

  /// Four clients at once, one of which is cut off now and then in the middle of an operation.
  private static func record(
    loops: Int, seed: UInt64
  ) async throws -> [Linearizability<StoreModel>.Operation] {
    let path = "/tmp/octopus-linearizability-\(getpid())-\(seed).sock"
    var configuration = Configuration(socket: .init(path: path))
    configuration.loops = loops
    let server = Server(configuration)
    try server.start()
    let history = History()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<4 {
        group.addTask {
          var random = Random(seed: seed &+ UInt64(client))
          let isCutOff = client == 0
          for _ in 0..<(isCutOff ? 3 : 1) {
            let octopus = try await connect(path)
            await history.perform(
              operations: isCutOff ? 20 : 60, octopus, &random, cutsOff: isCutOff)
          }
        }
      }
      try await group.waitForAll()
    }
    // A change to every name, so that every trigger has fired.
    let sweeper = try await connect(path)
    var random = Random(seed: seed)
    for name in Action.names { await history.perform(.set(name, 0), sweeper, &random) }
    let operations = await history.finished()
    server.stop()
    return operations
  }

  /// However long it takes: the other search may keep all threads busy.
  private static func connect(_ path: String) async throws -> OctopusClient {
    try await OctopusClient.connect(.unix(path), options: .init(connectTimeout: .seconds(600)))
  }
}

private typealias Action = StoreModel.Action

/// Carries out random operations and notes when each began, ended, and what it answered.
private final class History: Sendable {
  typealias Operation = Linearizability<StoreModel>.Operation

  private struct State {
    var operations: [Operation] = []
    var watched: [(index: Int, event: Task<StoreModel.Report?, Never>)] = []
  }

  private let clock = Atomic(0)
  private let state = Mutex(State())

  func perform(
    operations count: Int, _ octopus: OctopusClient, _ random: inout Random, cutsOff: Bool
  ) async {
    for index in 0..<count {
      let action = Action.random(&random)
      if cutsOff, index == count - 1 {
        let running = Task { [self] in
          var random = Random(seed: 0)
          await perform(action, octopus, &random)
        }
        octopus.close()
        await running.value
      } else {
        await perform(action, octopus, &random)
      }
    }
  }

  func perform(_ action: Action, _ octopus: OctopusClient, _ random: inout Random) async {
    let begin = clock.add(1, ordering: .sequentiallyConsistent).newValue
    let index = state.withLock { state in
      state.operations.append(Operation(action: action, answer: nil, begin: begin, end: .max))
      return state.operations.count - 1
    }
    guard let (answer, changes) = try? await action.perform(octopus) else { return }
    let end = clock.add(1, ordering: .sequentiallyConsistent).newValue
    state.withLock { state in
      state.operations[index].answer = answer
      state.operations[index].end = end
      if let changes { state.watched.append((index, Self.event(changes))) }
    }
  }

  /// All operations, with the reports of their triggers.
  func finished() async -> [Operation] {
    for (index, event) in state.withLock({ $0.watched }) {
      let report = await event.value
      state.withLock { state in
        guard case .watched(let record, _)? = state.operations[index].answer else { return }
        state.operations[index].answer = .watched(record, report)
      }
    }
    return state.withLock { $0.operations }
  }

  private static func event(_ changes: OctopusClient.Changes) -> Task<StoreModel.Report?, Never> {
    Task {
      var iterator = changes.makeAsyncIterator()
      // Nil for a client that was cut off before the trigger fired.
      guard let change = try? await iterator.next() else { return nil }
      return StoreModel.Report(
        isDeletion: change.kind == .deleted, revision: change.revision,
        previous: change.previous ?? 0)
    }
  }
}

extension Linearizability<StoreModel>.Operation {
  fileprivate var hasReport: Bool {
    if case .watched(_, .some)? = answer { true } else { false }
  }
}

extension StoreModel.Action {
  fileprivate static let names = ["a", "b", "s0", "s1", "s2"]

  fileprivate static func random(_ random: inout Random) -> Self {
    let name = names.randomElement(using: &random)!  // It is not empty.
    let value = Int.random(in: 0..<4, using: &random)
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1: return .get(name)
    case 2, 3, 4: return .watch(name)
    case 5, 6: return .set(name, value)
    case 7: return .compareAndSet(name, from: Int.random(in: 0..<4, using: &random), to: value)
    case 8: return .ifRevision(name, Int64.random(in: 0..<20, using: &random), value)
    case 9: return .add(name, 1)
    case 10: return .sequential("s")
    default: return .delete(name)
    }
  }

  /// Nil if the connection was lost before the answer came.
  fileprivate func perform(
    _ octopus: OctopusClient
  ) async throws -> (StoreModel.Answer, OctopusClient.Changes?)? {
    do throws(OctopusError) {
      switch self {
      case .get(let name):
        let read = try await octopus.revisioned(.get(Self.query(name)))
        return (Self.stored(read.value, read.revision).map { .record($0) } ?? .nothing, nil)
      case .watch(let name):
        let read = try await octopus.run(.get(Self.query(name)), trigger: .once(.any))
        return (.watched(Self.stored(try read.value, read.revision), nil), read.changes)
      case .set(let name, let value):
        return try await write(octopus, .set("\(name) { v: \(value) }"))
      case .compareAndSet(let name, let from, let to):
        return try await write(octopus, .set("\(name) { v: \(to), v == \(from) }"))
      case .ifRevision(let name, let revision, let value):
        return try await write(octopus, .set("\(name) { v: \(value) }", ifRevision: revision))
      case .add(let name, let amount):
        return try await write(octopus, .update("\(name)", add: ["v": .integer(Int64(amount))]))
      case .sequential(let stem):
        let write = try await octopus.revisioned(.setSequential("\(stem) { v: 0 }"))
        return (.numbered(write.value, write.revision), nil)
      case .delete(let name):
        let write = try await octopus.revisioned(.delete(Self.query(name)))
        return (write.value == 0 ? .nothing : .written(write.revision), nil)
      }
    } catch {
      if error.code == .mismatch { return (.refused, nil) }
      return nil
    }
  }

  private func write<Value>(
    _ octopus: OctopusClient, _ command: OctopusClient.Command<Value>
  ) async throws(OctopusError) -> (StoreModel.Answer, OctopusClient.Changes?) {
    (.written(try await octopus.revisioned(command).revision), nil)
  }

  private static func query(_ name: String) -> Query { "\(name)" }

  private static func stored(_ record: Record?, _ revision: Int64) -> StoreModel.Stored? {
    guard let value = record?["v"]?.integer else { return nil }
    return StoreModel.Stored(value: Int(value), revision: revision)
  }
}
