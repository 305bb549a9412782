// Kaluga's sessions with octopusd, one after the other: what it sees there, and what it says.
import Octopus
import OctopusRecords

struct Connection: Sendable {
  let supervisor: Supervisor

  private var sysfs: Sysfs { supervisor.configuration.sysfs }

  init(_ supervisor: Supervisor) { self.supervisor = supervisor }

  /// What can be a device: drivers match among these.
  private static let devices: Query = "r'^hw\\.' { syspath: _, devinode: _ }"

  /// Keeps a session as long as there is a server, and looks for one otherwise.
  func serve() async {
    let configuration = supervisor.configuration
    var wait = Duration.milliseconds(20)
    var complaint = ""
    while !Task.isCancelled {
      let start = ContinuousClock.now
      do throws(OctopusError) {
        let octopus = try await OctopusClient.connect(
          configuration.address, password: configuration.password,
          options: .init(name: "kaluga", bufferLimit: 1 << 20))
        defer { octopus.close() }
        try await work(octopus)
      } catch {
        // One that was short, as where another Kaluga works, is no new beginning.
        if start.duration(to: .now) > .seconds(1) { (wait, complaint) = (.milliseconds(20), "") }
        if complaint != "\(error)", !Task.isCancelled { configuration.log("\(error)") }
        complaint = "\(error)"
      }
      await supervisor.connectionLost()
      try? await Task.sleep(for: wait)
      wait = min(wait * 2, .seconds(1))
    }
  }

  private func work(_ octopus: OctopusClient) async throws(OctopusError) {
    let (publications, conditions) = await supervisor.connected()
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await publish(octopus, publications) }
        group.addTask { try await answer(octopus) }
        group.addTask { await followConditions(octopus, conditions) }
        group.addTask { try await followDevices(octopus) }
        // None of these comes to an end but by an error.
        defer { group.cancelAll() }
        try await group.next()
      }
    } catch let error as OctopusError {
      throw error
    } catch {
      throw .connectionLost("\(error)")
    }
  }

  // MARK: What it sees

  private func followDevices(_ octopus: OctopusClient) async throws(OctopusError) {
    for record in Platform(sysfs.root.text).records {
      // Each has its numbers and its processes: two would not know of each other.
      guard try await octopus.set(record, only: .absent, transient: true) else {
        throw .refused(.busy, "another kaluga works with this server: \(record.name) is there")
      }
    }
    while true {
      let observed = try await octopus.observe(Self.devices)
      await supervisor.list(observed.records)
      do throws(OctopusError) {
        for try await change in observed.changes { await supervisor.take(input(change)) }
      } catch .overflow {
        // What was missed is in the next list.
      }
    }
  }

  private func input(_ change: OctopusClient.Change) -> Input {
    switch change.kind {
    case .existing, .set: sysfs.input(change.record)
    case .deleted:
      .gone(
        name: change.record.name,
        exists: DeviceID(change.record).map { sysfs.absence(of: $0) == nil } ?? false)
    case .out: .gone(name: change.record.name, exists: false)
    }
  }

  /// Watches each thing that drivers wait for. One that nobody waits for any more is watched on.
  private func followConditions(
    _ octopus: OctopusClient, _ wanted: AsyncStream<Set<Query>>
  ) async {
    // What ends one of them ends the session, too.
    await withTaskGroup(of: Void.self) { group in
      var watched: Set<Query> = []
      for await queries in wanted {
        for query in queries.subtracting(watched) {
          group.addTask { try? await follow(query, octopus) }
        }
        watched.formUnion(queries)
      }
    }
  }

  private func follow(_ query: Query, _ octopus: OctopusClient) async throws(OctopusError) {
    while true {
      do throws(OctopusError) {
        let observed = try await octopus.observe(query)
        var names = Set(observed.records.map(\.name))
        await supervisor.take(.condition(query, isMet: !names.isEmpty))
        for try await change in observed.changes {
          let wasMet = !names.isEmpty
          if change.isPresent {
            names.insert(change.record.name)
          } else {
            names.remove(change.record.name)
          }
          if names.isEmpty == wasMet {
            await supervisor.take(.condition(query, isMet: !wasMet))
          }
        }
      } catch .overflow {
        // As above.
      } catch .refused(let code, let message) {
        return supervisor.configuration.log("\(query): \(code.rawValue) \(message)")
      }
    }
  }

  // MARK: What it says

  private func publish(_ octopus: OctopusClient, _ filled: AsyncStream<Void>)
    async throws(OctopusError)
  {
    for await _ in filled {
      while let (sets, deletions) = await supervisor.publications() {
        try await octopus.transaction(
          sets.map { .set(Octopus.Write($0), transient: true) } as [OctopusClient.Command<Bool>])
        try await octopus.transaction(
          deletions.map { .delete(Self.query(named: $0)) } as [OctopusClient.Command<Int>])
      }
    }
  }

  private static func query(named name: String) -> Query {
    Array(name.utf8).withUnsafeBufferPointer { Query(exactName: $0) }
  }

  private func answer(_ octopus: OctopusClient) async throws(OctopusError) {
    while true {
      do throws(OctopusError) {
        for try await record in try await octopus.subscribe(Request.query) {
          guard let request = Request(record) else { continue }
          for part in await supervisor.answer(request).records { try await octopus.publish(part) }
        }
      } catch .overflow {
        // Who asked will ask again.
      }
    }
  }
}

extension Sysfs {
  /// What a record says to the reconciler.
  func input(_ record: Record) -> Input {
    .device(record, DeviceID(record).flatMap { absence(of: $0) })
  }
}
