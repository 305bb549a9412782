import OctopusEngine
import OctopusRecords

/// How far revisions may go before the disk must be told.
///
/// The state directory holds a number that no revision ever used is above. It is moved in large
/// steps, ahead of need and off the event loops; should revisions catch up with it all the same,
/// the step that does so waits for the disk before anybody sees what it did.
struct RevisionMark: Sendable {
  /// So many revisions at a time: a write to the disk in seconds even at the greatest speed, and
  /// still 2³³ starts before they run out.
  static let stride: Revision = 1_000_000

  /// Revisions begin above it.
  let start: Revision
  /// Nil when there is no place to keep the mark: tokens grow only within this run.
  private let file: RevisionFile?
  /// What the disk knows. No revision above it may be seen.
  private var reserved: Revision
  private var isRaising = false
  private let onFailure: @Sendable (any Error) -> Void

  /// Without a file: from 0, and never anything to wait for.
  init() {
    start = 0
    file = nil
    reserved = .max
    onFailure = { _ in }
  }

  /// Reads the mark and moves it up.
  init(
    _ file: RevisionFile, onFailure: @escaping @Sendable (any Error) -> Void
  ) throws(RevisionFile.Failure) {
    let start = try file.read()
    reserved = try file.raise(to: start + Self.stride)
    self.start = start
    self.file = file
    self.onFailure = onFailure
  }

  /// Makes sure that this revision may be seen.
  mutating func cover(_ revision: Revision) {
    guard revision > reserved else { return }
    endRaise(Raise(file: file, target: revision + Self.stride).raise())
  }

  /// What to do outside the lock, when it is time to and nobody does it already.
  mutating func beginRaise(at revision: Revision) -> Raise? {
    guard !isRaising, revision > reserved - Self.stride / 2 else { return nil }
    isRaising = true
    return Raise(file: file, target: reserved + Self.stride)
  }

  mutating func endRaise(_ raise: Raise.Outcome) {
    isRaising = false
    reserved = max(reserved, raise.reached)
    if let failure = raise.failure { onFailure(failure) }
  }

  // A class, so that where there is none, as after most steps, nothing is to be copied or let go of.
  final class Raise: Sendable {
    private let file: RevisionFile?
    private let target: Revision

    fileprivate init(file: RevisionFile?, target: Revision) {
      self.file = file
      self.target = target
    }

    /// When it fails, service goes on: the next stride tries again.
    struct Outcome: Sendable {
      var reached: Revision
      var failure: RevisionFile.Failure?
    }

    func raise() -> Outcome {
      guard let file else { return Outcome(reached: target) }
      do {
        return Outcome(reached: try file.raise(to: target))
      } catch {
        return Outcome(reached: target, failure: error)
      }
    }
  }
}
