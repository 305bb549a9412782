import Octopus
import OctopusSystem

/// The record of a program: there from when the program says that it is ready until it says that it stops.
final class Publication: Sendable {
  private enum State {
    case waiting
    case published(revision: Int64)
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

  var isWithdrawn: Bool {
    state.withLock { if case .withdrawn = $0 { true } else { false } }
  }

  /// Comes back once the record is there, or is not to be there any more.
  ///
  /// - Throws: why it cannot be there.
  func begun() async throws {
    for try await _ in waiting {}
    try Task.checkCancellation()
  }

  /// Publishes or withdraws the record; comes back when that is done. One call at a time.
  func heed(_ word: NotifySocket.Word, from child: Child) async {
    do {
      switch (word, state.withLock { $0 }) {
      case (.ready, .waiting):
        let revision = try await service.publish(for: child.process, in: octopus)
        state.withLock { $0 = .published(revision: revision) }
        endWaiting.finish()
      case (.stopping, .waiting):
        state.withLock { $0 = .withdrawn }
        endWaiting.finish()
      case (.stopping, .published(let revision)):
        // First, so that its end does not count as a loss.
        state.withLock { $0 = .withdrawn }
        try await service.withdraw(revision: revision, in: octopus)
      case (.ready, _), (.stopping, .withdrawn): break
      }
    } catch {
      endWaiting.finish(throwing: error)
    }
  }
}
