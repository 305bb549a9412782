import RESP

/// A client of Octopus: sets, finds and watches the records that the processes of a machine share.
///
/// ```swift
/// import Octopus
///
/// let octopus = try await OctopusClient.connect()
/// try await octopus.set("service.web { state: 'ready', port: 8080 }", transient: true)
/// let pci = try await octopus.waitFor("service.pci { state: 'ready' }")
/// for try await change in octopus.watch("r'^hw\\.pci\\.device\\.' { class: 0x0c }") {
///   print(change.kind, change.record)
/// }
/// ```
///
/// There is one interface and there are three ways to get it: ``connect(_:password:options:)`` to a
/// server, ``embedded(clock:options:)`` with the engine in your own process, and ``Embedded`` with
/// a ``ManualClock`` for tests.
///
/// A client is one session: what it sets as transient goes with it, and so do its triggers and
/// subscriptions. Any number of tasks may share it; their commands travel together, and none waits
/// for another's wait. It ends with ``close()``, or when the last reference to it and to its
/// sequences goes.
public final class OctopusClient: Sendable {
  let session: ClientSession
  let options: Options
  let clock: TimeSource

  init(session: ClientSession, options: Options) {
    self.session = session
    self.options = options
    clock = TimeSource(options.clock)
  }

  deinit { session.close("nobody uses this client any more") }

  /// How a client behaves.
  public struct Options: Sendable {
    /// A name for people, shown by `CLIENT LIST`; without spaces.
    public var name: String?
    /// How many elements each sequence keeps for a consumer that is busy.
    public var bufferLimit: Int
    /// How long connecting may take.
    public var connectTimeout: Duration
    /// What the time limits of waits are measured with.
    public var clock: any Clock<Duration>

    /// Options; the defaults suit nearly everyone.
    ///
    /// ```swift
    /// let octopus = try await OctopusClient.connect(options: .init(name: "printer-daemon"))
    /// ```
    public init(
      name: String? = nil, bufferLimit: Int = 1_024, connectTimeout: Duration = .seconds(10),
      clock: any Clock<Duration> = ContinuousClock()
    ) {
      precondition(bufferLimit > 0, "a buffer holds at least one element")
      self.name = name
      self.bufferLimit = bufferLimit
      self.connectTimeout = connectTimeout
      self.clock = clock
    }
  }

  /// Ends the session. Its transient records are deleted; its calls and sequences end with
  /// ``OctopusError/connectionLost(_:)``. A client that has ended stays so.
  ///
  /// ```swift
  /// octopus.close()
  /// ```
  public func close() { session.close("this client was closed") }

  /// Whether the session has ended.
  public var isClosed: Bool { session.ending != nil }
}

extension OctopusClient {
  typealias Outcome = Result<RESPValue, OctopusError>

  /// Sends a command and reads its reply where it arrives. If the task is cancelled, the reply is
  /// dropped when it comes.
  func perform<Value: Sendable>(
    _ arguments: [[UInt8]], expecting expectation: RequestPipeline.Expectation = .reply,
    read: @escaping @Sendable (RESPValue) throws(OctopusError) -> Value
  ) async throws(OctopusError) -> Value {
    if Task.isCancelled { throw .cancelled }
    let promise = Promise<Value>()
    session.send(arguments, expecting: expectation) { outcome in
      promise.resolve(Self.outcome(outcome, read))
    }
    return try await promise.value()
  }

  static func outcome<Value>(
    _ outcome: Outcome, _ read: (RESPValue) throws(OctopusError) -> Value
  ) -> Result<Value, OctopusError> {
    do throws(OctopusError) { return .success(try read(try outcome.get())) } catch {
      return .failure(error)
    }
  }
}
