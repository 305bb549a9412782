import OctopusEngine
import OctopusSession
import OctopusSystem

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
  /// Its clients are sessions like any other, with the limits and refusals of a server's. Commands
  /// about connections and servers (`MONITOR`, `CLIENT LIST`, `SLOWLOG`, …) are refused. The engine
  /// lives as long as one of its clients or a reference to it.
  public final class Embedded: Sendable {
    private struct State: ~Copyable {
      let server: InProcessServer
      var links: [Int64: EmbeddedLink] = [:]
      /// When the engine will be told the time.
      var alarm: OctopusEngine.Instant?
    }

    private let state: Mutex<State>
    private let clock: any Clock<Duration>
    private let time: TimeSource

    /// An engine with nothing in it.
    ///
    /// - Parameters:
    ///   - clock: what time limits are measured with; a ``ManualClock`` in tests.
    ///   - memoryLimit: how many bytes the engine may hold, as `octopusd --max-memory` has it; nil
    ///     for no limit. Commands that need more are refused with `outOfMemory`.
    public init(clock: any Clock<Duration> = ContinuousClock(), memoryLimit: Int? = nil) {
      self.clock = clock
      time = TimeSource(clock)
      let server = InProcessServer(
        settings: ConnectionStateMachine.Settings(serverVersion: Version.current),
        memoryLimit: memoryLimit)
      state = Mutex(State(server: server))
    }

    /// A new session with this engine, and its client.
    ///
    /// - Parameter options: how the client behaves; the clock is the engine's.
    public func connect(options: Options = Options()) -> OctopusClient {
      var options = options
      options.clock = clock
      return OctopusClient(session: open().attach(ClientSession.init), options: options)
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

// For links.
extension OctopusClient.Embedded {
  /// Opens a connection, to which a session is to be attached.
  package func open() -> EmbeddedLink {
    let peer = Peer(
      transport: .inProcess, address: "embedded:0", localAddress: "embedded:0",
      isAdministrator: true)
    return withServer { server, links in
      let id = server.connect(peer, version: .three)
      let link = EmbeddedLink(self, id: id)
      links[id] = link
      return link
    }
  }

  /// Carries out commands that a session has sent.
  func receive(_ bytes: [UInt8], from link: EmbeddedLink) {
    withServer { server, _ in server.receive(bytes, from: link.id) }
  }

  /// The next replies and pushes for a session; nil when there are none.
  func takeOutput(for link: EmbeddedLink) -> [UInt8]? {
    withServer { server, _ in
      var chunk: [UInt8]?
      _ = server.takeOutput(of: link.id) { chunk = Array($0) }
      return chunk
    }
  }

  /// Whether the engine has ended the session, and all its output is taken.
  func isClosed(_ link: EmbeddedLink) -> Bool {
    state.withLock { $0.server.isClosed(link.id) }
  }

  func disconnect(_ link: EmbeddedLink) {
    withServer { server, links in
      links[link.id] = nil
      server.disconnect(link.id)
    }
  }

  /// Lets the engine do something, and then delivers the output of all sessions that it has caused.
  private func withServer<Result: Sendable>(
    _ body: (InProcessServer, inout [Int64: EmbeddedLink]) -> Result
  ) -> Result {
    let (result, links, alarm, work) = state.withLock { state in
      state.server.now = milliseconds
      let result = body(state.server, &state.links)
      let links = state.server.takeConnectionsWithOutput().compactMap { state.links[$0] }
      return (result, links, nextAlarm(&state), state.server.takePatternWork())
    }
    if let alarm { set(alarm) }
    if let work { compile(work) }
    for link in links { link.deliver() }
    return result
  }

  /// When the engine must be told the time, if that is earlier than it will be.
  private func nextAlarm(_ state: inout State) -> Instant? {
    guard let deadline = state.server.nextDeadline else { return nil }
    if let alarm = state.alarm, alarm <= deadline { return nil }
    state.alarm = deadline
    return deadline
  }

  private func set(_ alarm: Instant) {
    _ = time.schedule(after: .milliseconds(alarm) - time.now()) { [weak self] in
      guard let self else { return }
      state.withLock { if $0.alarm == alarm { $0.alarm = nil } }
      withServer { server, _ in server.tick() }
    }
  }

  /// Compiles sets of regular expressions, outside the lock.
  private func compile(_ work: PatternWork) {
    Task.detached { [self] in
      var next: PatternWork? = work
      while let work = next {
        let done = work.run()
        next = state.withLock { state in
          state.server.install(done)
          return state.server.takePatternWork()
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
