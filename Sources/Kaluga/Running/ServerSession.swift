// Kaluga's session with octopusd: follows devices and conditions, publishes instances, answers
// requests.
import DeviceSchema
import Octopus
import OctopusRecords

/// The sessions of a supervisor, one after the other.
struct ServerSession: Sendable {
  let supervisor: Supervisor

  private var sysfs: Sysfs { supervisor.configuration.sysfs }

  init(_ supervisor: Supervisor) { self.supervisor = supervisor }

  /// Keeps a session as long as there is a server, and reconnects otherwise. Ends when cancelled.
  func serve() async {
    let configuration = supervisor.configuration
    var wait = Duration.milliseconds(20)
    var lastError = ""
    while !Task.isCancelled {
      let start = ContinuousClock.now
      do throws(OctopusError) {
        let octopus = try await OctopusClient.connect(
          configuration.address, password: configuration.password,
          options: .init(name: "kaluga", bufferLimit: 1 << 20))
        defer { octopus.close() }
        try await work(octopus)
      } catch {
        // A short session, as with another Kaluga at this server, does not reset the delay.
        if start.duration(to: .now) > .seconds(1) { (wait, lastError) = (.milliseconds(20), "") }
        if lastError != "\(error)", !Task.isCancelled { configuration.log("\(error)") }
        lastError = "\(error)"
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
        // None of these tasks ends without an error.
        defer { group.cancelAll() }
        try await group.next()
      }
    } catch let error as OctopusError {
      throw error
    } catch {
      throw .connectionLost("\(error)")
    }
  }

  // MARK: Reading

  private func followDevices(_ octopus: OctopusClient) async throws(OctopusError) {
    for record in MachineRecords(sysfs.root.text).records {
      // Two Kalugas would give the same numbers and start each driver twice.
      guard try await octopus.set(record, only: .absent, transient: true) else {
        throw .refused(.busy, "another kaluga works with this server: \(record.name) is there")
      }
    }
    while true {
      let observed = try await octopus.observe(DeviceRecords.identified)
      await supervisor.list(observed.records)
      do throws(OctopusError) {
        for try await change in observed.changes { await supervisor.take(input(change)) }
      } catch .overflow {
        // The next list has what was missed.
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

  /// Watches each query that drivers wait for, also when none waits any more.
  private func followConditions(
    _ octopus: OctopusClient, _ wanted: AsyncStream<Set<Query>>
  ) async {
    // An error that ends one of them ends the session.
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
        // The next list has what was missed.
      } catch .refused(let code, let message) {
        return supervisor.configuration.log("\(query): \(code.rawValue) \(message)")
      }
    }
  }

  // MARK: Publishing

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
        // The users whose requests were missed will ask again.
      }
    }
  }
}

extension Sysfs {
  /// The input for a device record that was set.
  func input(_ record: Record) -> Input {
    .device(record, DeviceID(record).flatMap { absence(of: $0) })
  }
}
