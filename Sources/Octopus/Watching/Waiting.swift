import OctopusRecords
import OctopusSystem
import RESP

extension OctopusClient {
  /// Waits until a record matches, and returns it; at once if there is one.
  ///
  /// ```swift
  /// let pci = try await octopus.waitFor("service.pci { state: 'ready' }")
  /// ```
  ///
  /// The read and the trigger that it leaves are one step, so no record is missed, however short it is
  /// there. Other commands of this client do not wait behind it.
  ///
  /// - Parameters:
  ///   - query: what to wait for.
  ///   - timeout: a limit; with zero or less it only looks.
  /// - Throws: `timeout`; `refused` with `syntax`, `badRegex`, `tooBig` or `limit`; what every call
  ///   can throw.
  @discardableResult
  public func waitFor(
    _ query: Query, timeout: Duration? = nil
  ) async throws(OctopusError) -> Record {
    if let timeout, timeout <= .zero {
      guard let record = try await get(query) else { throw .timeout }
      return record
    }
    let arrival = Arrival()
    let command =
      Command<Record?>.get(query).arguments + Trigger.once(.set, when: .missing).arguments
    let text = try await wait(command, arrival, arrival.promise, timeout) { arrival.begin($0) }
    return try Record(reply: text)
  }

  /// Waits until at least so many records match; no longer, if so many do.
  ///
  /// ```swift
  /// try await octopus.waitFor("r'^worker_' { state: 'idle' }", count: 4)
  /// ```
  ///
  /// - Parameters:
  ///   - query: what to count.
  ///   - count: how many to wait for.
  ///   - timeout: a limit; with zero or less it only looks.
  /// - Throws: as ``waitFor(_:timeout:)``.
  public func waitFor(
    _ query: Query, count: Int, timeout: Duration? = nil
  ) async throws(OctopusError) {
    if let timeout, timeout <= .zero {
      guard try await self.count(query) >= count else { throw .timeout }
      return
    }
    try await wait(query, Tally { $0 >= count }, timeout)
  }

  /// Waits until no record matches; no longer, if none does.
  ///
  /// ```swift
  /// try await octopus.waitFor(gone: "r'^client_'")
  /// ```
  ///
  /// - Parameters:
  ///   - query: what must be gone.
  ///   - timeout: a limit; with zero or less it only looks.
  /// - Throws: as ``waitFor(_:timeout:)``.
  public func waitFor(gone query: Query, timeout: Duration? = nil) async throws(OctopusError) {
    if let timeout, timeout <= .zero {
      guard try await !exists(query) else { throw .timeout }
      return
    }
    try await wait(query, Tally { $0 == 0 }, timeout)
  }

  private func wait(
    _ query: Query, _ tally: Tally, _ timeout: Duration?
  ) async throws(OctopusError) {
    let command = Command<[String]>.names(query).arguments + Trigger.persistent(.any).arguments
    try await wait(command, tally, tally.promise, timeout) { tally.begin($0) }
  }

  /// Sends a read that installs a trigger, and waits for what the sink makes of both.
  private func wait<Value>(
    _ command: [[UInt8]], _ sink: some EventSink, _ promise: Promise<Value>, _ timeout: Duration?,
    begin: @escaping @Sendable (RESPValue) -> Bool
  ) async throws(OctopusError) -> Value {
    if Task.isCancelled { throw .cancelled }
    let registration = Registration(self)
    defer { registration.end() }
    let timer = timeout.map { clock.schedule(after: $0) { promise.settle(.failure(.timeout)) } }
    defer { timer?.cancel() }
    session.send(command) { [self] outcome in
      do throws(OctopusError) {
        let reply = try outcome.get().checked()
        guard let parts = reply.elements, parts.count == 2, begin(parts[0]) else {
          throw .unexpected(reply)
        }
        if let trigger = parts[1].integer { self.begin(trigger, sink, registration) }
      } catch {
        promise.settle(.failure(error))
      }
    }
    return try await promise.value()
  }
}

/// Waits for a record that matches.
private final class Arrival: EventSink {
  let promise = Promise<[UInt8]>()

  /// Takes what the read found; false if it is no such reply.
  func begin(_ found: RESPValue) -> Bool {
    if let record = found.bytes { promise.settle(.success(record)) }
    return found.bytes != nil || found.isNull
  }

  func receive(_ event: TriggerEvent) -> Bool {
    guard event.kind == .set, let record = event.record else {
      end(.protocolViolation("a trigger that went without its event"))
      return false
    }
    promise.settle(.success(record))
    return false
  }

  func end(_ error: OctopusError) { promise.settle(.failure(error)) }
}

/// Counts the records that match, by their names, until there are as many as wanted.
private final class Tally: EventSink {
  let promise = Promise<Void>()
  private let isEnough: @Sendable (Int) -> Bool
  /// In text form.
  private let names = Mutex<Set<[UInt8]>>([])

  init(_ isEnough: @escaping @Sendable (Int) -> Bool) { self.isEnough = isEnough }

  /// Takes the names that match at the start; false if it is no such reply.
  func begin(_ found: RESPValue) -> Bool {
    guard let elements = found.elements else { return false }
    let names = elements.compactMap(\.bytes)
    guard names.count == elements.count else { return false }
    return check { $0 = Set(names) }
  }

  func receive(_ event: TriggerEvent) -> Bool {
    guard let text = event.record, let kind = event.kind, let record = try? Record(reply: text)
    else {
      end(.protocolViolation("a trigger's event without a record"))
      return false
    }
    let name = record.nameText
    _ = check { names in
      if kind == .set { names.insert(name) } else { names.remove(name) }
    }
    // Nothing more would come, and the wait would have no end.
    if event.isLast { end(.protocolViolation("a persistent trigger that has gone by itself")) }
    return !event.isLast
  }

  func end(_ error: OctopusError) { promise.settle(.failure(error)) }

  private func check(_ change: (inout Set<[UInt8]>) -> Void) -> Bool {
    let count = names.withLock { names in
      change(&names)
      return names.count
    }
    if isEnough(count) { promise.settle(.success(())) }
    return true
  }
}
