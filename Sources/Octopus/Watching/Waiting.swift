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
  /// The read and the trigger that it leaves are one step, so no record is missed, however short it
  /// is there. Other commands of this client go on meanwhile.
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
    let command =
      Command<Record?>.get(query).arguments + Trigger.once(.set, when: .missing).arguments
    let text = try await wait(command, FirstMatch(), timeout)
    return try Record(reply: text)
  }

  /// Waits until at least `count` records match; returns at once if they do.
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
    try await wait(query, MatchCount { $0 >= count }, timeout)
  }

  /// Waits until no record matches; returns at once if none does.
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
    try await wait(query, MatchCount { $0 == 0 }, timeout)
  }

  private func wait(
    _ query: Query, _ matches: MatchCount, _ timeout: Duration?
  ) async throws(OctopusError) {
    let command = Command<[String]>.names(query).arguments + Trigger.persistent(.any).arguments
    try await wait(command, matches, timeout)
  }

  /// Sends a read that installs a trigger, and waits for what the sink makes of both.
  private func wait<Sink: WaitSink>(
    _ command: [[UInt8]], _ sink: Sink, _ timeout: Duration?
  ) async throws(OctopusError) -> Sink.Value {
    let promise = sink.promise
    if Task.isCancelled { throw .cancelled }
    let registration = Registration(self)
    defer { registration.end() }
    session.send(command) { [self] outcome in
      do throws(OctopusError) {
        let reply = try outcome.get().checked()
        guard let parts = reply.elements, parts.count == 2, sink.begin(parts[0]) else {
          throw .unexpected(reply)
        }
        if let trigger = parts[1].integer { self.begin(trigger, sink, registration) }
      } catch {
        promise.resolve(.failure(error))
      }
    }
    // It begins when the command has been sent.
    let timer = timeout.map { clock.schedule(after: $0) { promise.resolve(.failure(.timeout)) } }
    defer { timer?.cancel() }
    return try await promise.value()
  }
}

/// Makes one result of a read and of the events of the trigger that it installed.
private protocol WaitSink: EventSink {
  associatedtype Value: Sendable
  var promise: Promise<Value> { get }

  /// Takes what the read found; false if it is no such reply.
  func begin(_ found: RESPValue) -> Bool
}

extension WaitSink {
  func end(_ error: OctopusError) { promise.resolve(.failure(error)) }
}

/// The text of the first record that matches.
private final class FirstMatch: WaitSink {
  let promise = Promise<[UInt8]>()

  func begin(_ found: RESPValue) -> Bool {
    if let record = found.bytes { promise.resolve(.success(record)) }
    return found.bytes != nil || found.isNull
  }

  func receive(_ event: TriggerEvent) -> Bool {
    guard event.kind == .set, let record = event.record else {
      end(.protocolViolation("a trigger that went without its event"))
      return false
    }
    promise.resolve(.success(record))
    return false
  }
}

/// Counts the records that match, by their names, until there are enough.
private final class MatchCount: WaitSink {
  let promise = Promise<Void>()
  private let isEnough: @Sendable (Int) -> Bool
  /// In text form.
  private let names = Mutex<Set<[UInt8]>>([])

  init(_ isEnough: @escaping @Sendable (Int) -> Bool) { self.isEnough = isEnough }

  func begin(_ found: RESPValue) -> Bool {
    guard let elements = found.elements else { return false }
    let names = elements.compactMap(\.bytes)
    guard names.count == elements.count else { return false }
    update { $0 = Set(names) }
    return true
  }

  func receive(_ event: TriggerEvent) -> Bool {
    guard let text = event.record, let kind = event.kind, let record = try? Record(reply: text)
    else {
      end(.protocolViolation("a trigger's event without a record"))
      return false
    }
    let name = record.nameText
    update { names in
      if kind == .set { names.insert(name) } else { names.remove(name) }
    }
    // Nothing more would come, and the wait would have no end.
    if event.isLast { end(.protocolViolation("a persistent trigger that has gone by itself")) }
    return !event.isLast
  }

  private func update(_ change: (inout Set<[UInt8]>) -> Void) {
    let count = names.withLock { names in
      change(&names)
      return names.count
    }
    if isEnough(count) { promise.resolve(.success(())) }
  }
}
