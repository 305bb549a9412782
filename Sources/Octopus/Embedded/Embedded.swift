import OctopusEngine
import OctopusSystem
import RESP

extension OctopusClient {
  /// An engine in your own process: a whole Octopus without a server.
  ///
  /// ```swift
  /// let node = OctopusClient.Embedded()
  /// let (writer, reader) = (node.connect(), node.connect())
  /// try await writer.set("printer { state: 'ready' }")
  /// print(try await reader.waitFor("printer"))
  /// ```
  ///
  /// Its clients are sessions like any other, and see of each other what clients of a server see. What
  /// is about connections and servers (`MONITOR`, `CLIENT LIST`, `SLOWLOG`, …) is not there. It lives
  /// as long as one of its clients or a reference to it.
  public final class Embedded: Sendable {
    private struct State: ~Copyable {
      var engine = Engine(reportsChanges: false)
      var links: [SessionID: EmbeddedLink] = [:]
      var lastSession: SessionID = 0
      var effects: [Effect] = []
      /// When the engine will be told the time.
      var alarm: OctopusEngine.Instant?
    }

    private let state = Mutex(State())
    private let clock: any Clock<Duration>
    private let time: TimeSource

    /// An engine with nothing in it.
    ///
    /// - Parameter clock: what time limits are measured with; a ``ManualClock`` in tests.
    public init(clock: any Clock<Duration> = ContinuousClock()) {
      self.clock = clock
      time = TimeSource(clock)
    }

    /// A new session with this engine, and its client.
    ///
    /// - Parameter options: how the client behaves; the clock is the engine's.
    public func connect(options: Options = Options()) -> OctopusClient {
      var options = options
      options.clock = clock
      return OctopusClient(session: EmbeddedLink.open(self), options: options)
    }

    /// Ends all sessions, as a server does that stops: their clients have lost the connection.
    ///
    /// ```swift
    /// node.disconnectAll()
    /// ```
    public func disconnectAll() {
      let links = state.withLock { Array($0.links.values) }
      for link in links { link.drop() }
    }
  }

  /// A client with an engine of its own in this process.
  ///
  /// ```swift
  /// let octopus = OctopusClient.embedded()
  /// let underTest = OctopusClient.embedded(clock: OctopusClient.ManualClock())
  /// ```
  ///
  /// For several clients of one engine, see ``Embedded``.
  public static func embedded(
    clock: any Clock<Duration> = ContinuousClock(), options: Options = Options()
  ) -> OctopusClient {
    Embedded(clock: clock).connect(options: options)
  }
}

// What links do.
extension OctopusClient.Embedded {
  /// Opens a session, whose effects go to this link.
  func open(_ makeLink: (SessionID) -> EmbeddedLink) -> EmbeddedLink {
    state.withLock { state in
      state.lastSession += 1
      let link = makeLink(state.lastSession)
      state.links[link.id] = link
      let principal = Principal(isAdministrator: true)
      state.engine.step(.opened(link.id, principal), now: milliseconds, into: &state.effects)
      return link
    }
  }

  func close(_ link: EmbeddedLink) {
    state.withLock { $0.links[link.id] = nil }
    step(.ended(link.id))
  }

  /// Takes a step, and takes what follows from it to the sessions that it concerns.
  func step(_ input: Input) {
    let (concerned, alarm, work) = state.withLock { state in
      state.engine.step(input, now: milliseconds, into: &state.effects)
      return (distribute(&state), nextAlarm(&state), state.engine.takePatternWork())
    }
    if let alarm { set(alarm) }
    if let work { compile(work) }
    for link in concerned { link.deliver() }
  }

  /// What the engine holds, counted.
  var statistics: Statistics { state.withLock { $0.engine.statistics } }

  /// Leaves every effect with the links that it concerns, in order, before another step is taken.
  private func distribute(_ state: inout State) -> [EmbeddedLink] {
    var concerned: [EmbeddedLink] = []
    func put(_ parcel: EmbeddedLink.Parcel, _ session: SessionID) {
      guard let link = state.links[session], link.put(parcel) else { return }
      concerned.append(link)
    }
    for effect in state.effects {
      switch effect {
      case .reply(let session, _, let reply, _): put(.reply(reply), session)
      case .deferred(let session, let tag, let reply, _): put(.deferred(tag: tag, reply), session)
      case .event(let event, let deliveries):
        for delivery in deliveries { put(.event(event, delivery), delivery.session) }
      case .message(let record, let subscribers, _):
        for subscriber in subscribers { put(.message(record, subscriber), subscriber.session) }
      case .overflow(let session):
        let failure = Failure(.overflow, "one step had too many events: the session has ended")
        put(.reply(.error(failure)), session)
      case .change: break
      }
    }
    state.effects.removeAll()
    return concerned
  }

  /// When the engine must be told the time, if that is earlier than it will be.
  private func nextAlarm(_ state: inout State) -> Instant? {
    guard let deadline = state.engine.nextDeadline else { return nil }
    if let alarm = state.alarm, alarm <= deadline { return nil }
    state.alarm = deadline
    return deadline
  }

  private func set(_ alarm: Instant) {
    _ = time.schedule(after: .milliseconds(alarm) - time.now()) { [weak self] in
      guard let self else { return }
      state.withLock { if $0.alarm == alarm { $0.alarm = nil } }
      step(.tick)
    }
  }

  /// Compiles sets of regular expressions, outside the lock.
  private func compile(_ work: PatternWork) {
    Task.detached { [self] in
      var next: PatternWork? = work
      while let work = next {
        let done = work.run()
        next = state.withLock { state in
          state.engine.install(done)
          return state.engine.takePatternWork()
        }
      }
    }
  }

  /// The engine's time.
  private var milliseconds: Instant {
    let (seconds, attoseconds) = time.now().components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }
}
