import Octopus
import OctopusSystem

/// The record of a program: there from when the program says that it is ready until it says that it
/// stops.
final class Publication: Sendable {
  private enum State {
    case waiting
    case published(OctopusClient.Service)
    case withdrawn
  }

  private let service: ServiceRecord
  private let octopus: OctopusClient
  private let state = Mutex(State.waiting)
  /// Ends when waiting does.
  private let waiting: AsyncThrowingStream<Void, any Error>
  private let endWaiting: AsyncThrowingStream<Void, any Error>.Continuation

  init(_ service: ServiceRecord, in octopus: OctopusClient) {
    (self.service, self.octopus) = (service, octopus)
    (waiting, endWaiting) = AsyncThrowingStream.makeStream(of: Void.self)
  }

  /// Comes back once the record is there, or is not to be there any more.
  ///
  /// - Throws: why it cannot be there.
  func begun() async throws {
    for try await _ in waiting {}
    try Task.checkCancellation()
  }

  /// Publishes or withdraws the record; returns when that is done. One call at a time.
  func handle(_ notification: NotifySocket.Notification, from child: Child) async {
    do {
      switch (notification, state.withLock { $0 }) {
      case (.ready, .waiting):
        let record = try await service.publish(for: child.process, in: octopus)
        state.withLock { $0 = .published(record) }
        endWaiting.finish()
      case (.stopping, _): try await withdraw()
      case (.ready, _): break
      }
    } catch {
      endWaiting.finish(throwing: error)
    }
  }

  /// Withdraws the record, or gives up waiting for it.
  func withdraw() async throws {
    let before = state.withLock { state in
      defer { state = .withdrawn }
      return state
    }
    endWaiting.finish()
    if case .published(let record) = before { try await record.withdraw() }
  }

  /// Waits until the record is lost; nil when it is withdrawn. To be called once it is there.
  func loss() async throws -> CommandError? {
    guard case .published(let record) = state.withLock({ $0 }) else { return nil }
    return try await CommandError(loss: record.loss())
  }
}
