import Octopus
// A bus driver: it publishes the devices of a bus, follows what the kernel says of them, and begins again
// with every server that comes.
import OctopusSystem

/// Publishes the devices of a bus as transient records, for as long as it runs.
package actor BusDriver {
  package struct Options: Sendable {
    /// Only devices under this place in sysfs, and the one there.
    package var under: ByteString?
    /// How many bytes of events the kernel keeps while this is busy.
    package var receiveBuffer: Int32 = 128 << 20
    /// Where to say what goes wrong and may pass.
    package var complain: @Sendable (String) -> Void = { _ in }
    package init() {}
  }

  private let kernel: KernelBus
  private let connect: @Sendable () async throws(OctopusError) -> OctopusClient
  /// Of the whole bus there is also a record that says how many devices it has.
  private let summary: String?
  private let complain: @Sendable (String) -> Void
  /// Something is to be received, or has been touched.
  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation

  package init(
    _ bus: Bus, options: Options,
    connect: @escaping @Sendable () async throws(OctopusError) -> OctopusClient
  ) throws(SystemError) {
    let (wakes, wake) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    kernel = try KernelBus(
      bus, under: options.under, buffer: options.receiveBuffer, wake: { wake.yield() })
    self.connect = connect
    complain = options.complain
    (self.wakes, self.wake) = (wakes, wake)
    summary = options.under == nil ? "hw.\(bus.rawValue)" : nil
  }

  /// Runs until something fails that does not pass. That nobody listens at first is such a failure;
  /// the end of a server is not. `ready` is called each time when all devices are published.
  package func run(ready: @Sendable () -> Void) async throws {
    var octopus = try await connect()
    while true {
      do {
        try await serve(octopus, ready)
      } catch OctopusError.connectionLost {
        octopus = try await reconnect()
      } catch OctopusError.refused(let code, let message) {
        // Not of a record: it may not even look. What was published goes with the session.
        complain("the server refuses, and is asked again: \(code.rawValue) \(message)")
        octopus.close()
        try await Task.sleep(for: .seconds(1))
        octopus = try await reconnect()
      }
    }
  }

  private func reconnect() async throws -> OctopusClient {
    var pause = Duration.milliseconds(20)
    while true {
      do throws(OctopusError) {
        return try await connect()
      } catch {
        switch error {
        case .noServer, .timeout, .connectionLost: break
        default: throw error
        }
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(500))
    }
  }

  private func wake(after pause: Duration) -> Task<Void, any Error> {
    Task { [wake] in
      try await Task.sleep(for: pause)
      wake.yield()
    }
  }

  private func serve(_ octopus: OctopusClient, _ ready: @Sendable () -> Void) async throws -> Never
  {
    let neighbours = Neighbours()
    let following = try await neighbours.follow(octopus) { [wake] in wake.yield() }
    defer { following.cancel() }
    var publication = Publication(
      octopus: octopus, neighbours: neighbours, summary: summary, complain: complain)
    try await publication.correct(kernel)
    ready()
    var next = wakes.makeAsyncIterator()
    while true {
      try await publication.follow(kernel)
      let again = publication.isOwing ? wake(after: .seconds(1)) : nil
      await next.next(isolation: self)
      again?.cancel()
    }
  }
}
