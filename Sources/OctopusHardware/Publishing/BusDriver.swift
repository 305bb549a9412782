// A bus driver: publishes the devices of a bus, follows the kernel's events, and publishes all
// again to every server that it connects to.
import DeviceSchema
import Octopus
import OctopusSystem

/// Publishes the devices of a bus as transient records, for as long as it runs.
package actor BusDriver {
  package struct Options: Sendable {
    /// Only the device at this path in sysfs and those below it.
    package var under: ByteString?
    /// How many bytes of events the kernel keeps while this is busy.
    package var receiveBuffer: Int32 = 128 << 20
    /// Reports trouble that may pass.
    package var log: @Sendable (String) -> Void = { _ in }
    package init() {}
  }

  private let kernel: KernelBus
  private let connect: @Sendable () async throws(OctopusError) -> OctopusClient
  /// The name of the record that counts the devices. Nil for a part of a bus.
  private let summary: String?
  private let log: @Sendable (String) -> Void
  /// Yields when the kernel has events, or when records of other drivers have changed.
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
    log = options.log
    (self.wakes, self.wake) = (wakes, wake)
    summary = options.under == nil ? DeviceRecords.summary(of: bus) : nil
  }

  /// Runs until something fails for good: there is no server at first, or it refuses this client.
  /// After the end of a server it waits for the next one. `ready` is called each time when all
  /// devices are published.
  package func run(ready: @Sendable () -> Void) async throws {
    var octopus = try await connect()
    while true {
      do {
        try await serve(octopus, ready)
      } catch OctopusError.connectionLost {
        octopus = try await reconnect()
      } catch OctopusError.refused(let code, let message) {
        // Not a refused record: a refused query. The session's end deletes what was published.
        log("the server refuses, and is asked again: \(code.rawValue) \(message)")
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
    let parents = ParentResolver()
    let following = try await parents.follow(octopus) { [wake] in wake.yield() }
    defer { following.cancel() }
    var publication = Publication(octopus: octopus, parents: parents, summary: summary, log: log)
    try await publication.rescan(kernel)
    ready()
    var next = wakes.makeAsyncIterator()
    while true {
      try await publication.processEvents(of: kernel)
      let again = publication.hasRetries ? wake(after: .seconds(1)) : nil
      await next.next(isolation: self)
      again?.cancel()
    }
  }
}
