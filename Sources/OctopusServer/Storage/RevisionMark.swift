import OctopusEngine
import OctopusRecords

/// How far revisions may go before the disk must know more.
///
/// The state directory holds a number that no revision ever seen is above. It is raised in large
/// strides, off the event loops, when half a stride is left. Where that does not succeed in time,
/// commands that change something are refused while a quarter of a stride is still left, for what nobody
/// can refuse: sessions and waits that end, and what is granted thereby. Should that be used up too, the
/// engine goes on and all output is held back until the disk knows: see `Switchboard`.
struct RevisionMark: Sendable {
  /// So many revisions at a time: a write to the disk in seconds even at the greatest speed, and
  /// still 2³³ starts before they run out.
  static let stride: Revision = 1_000_000

  /// Revisions begin above it.
  let start: Revision
  /// Nil when there is no place to keep the mark: tokens grow only within this run.
  private let stride: Revision?
  /// What the disk knows. No revision above it may be seen.
  private(set) var reserved: Revision
  private(set) var isRaising = false
  /// Why the latest attempt to raise it failed.
  private(set) var failure: StorageFailure?
  /// When the attempt under way began, in microseconds of the monotonic clock.
  private var attemptBegan: Int64?

  /// Without a file: from 0, and never anything to wait for.
  init() {
    start = 0
    stride = nil
    reserved = .max
  }

  /// Reads the mark and raises it once, before anything is served. Waits for the disk.
  init(
    _ storage: some MarkStorage, stride: Revision = Self.stride, progress: Progress = Progress()
  ) throws(StorageFailure) {
    progress.begins("read \(storage.path)")
    start = try storage.read()
    guard start < Limits.revision - 1 - stride else {
      throw .exhausted(path: storage.path, mark: start)
    }
    progress.begins("write \(storage.path)")
    reserved = start + stride
    try storage.write(reserved)
    self.stride = stride
  }

  /// Above it, it is time to raise the mark.
  var low: Revision { isHighest ? .max : stride.map { reserved - $0 / 2 } ?? .max }

  /// From this revision on, the engine refuses commands that it can refuse.
  var commandLimit: Revision { isHighest ? .max : stride.map { reserved - $0 / 4 } ?? .max }

  /// No mark is above it: the engine itself refuses what comes after the last revision.
  private var isHighest: Bool { reserved >= Limits.revision - 1 }

  /// Whether to wake the thread that raises the mark.
  mutating func beginRaise(at revision: Revision) -> Bool {
    guard !isRaising, revision > low else { return false }
    isRaising = true
    return true
  }

  /// The mark to write next; nil: there is nothing to do. An attempt begins.
  mutating func nextTarget(at revision: Revision, now: Int64) -> Revision? {
    guard let stride, revision > low else {
      isRaising = false
      return nil
    }
    attemptBegan = now
    return min(max(reserved, revision) + stride, Limits.revision - 1)
  }

  mutating func endAttempt(reached target: Revision) {
    reserved = max(reserved, target)
    (failure, attemptBegan) = (nil, nil)
  }

  mutating func endAttempt(_ failure: StorageFailure) {
    self.failure = failure
    attemptBegan = nil
  }

  /// How it stands, for INFO: nil if nothing is kept.
  func status(now: Int64) -> (reserved: Revision, error: String?)? {
    guard stride != nil else { return nil }
    let waited = attemptBegan.map { (now - $0) / 1_000_000 } ?? 0
    let isLate = waited >= Self.lateSeconds
    return (
      reserved,
      isLate ? "the disk has not answered for \(waited) seconds" : failure.map { "\($0)" }
    )
  }

  /// An attempt that takes longer than this hangs.
  private static let lateSeconds = 5
}
