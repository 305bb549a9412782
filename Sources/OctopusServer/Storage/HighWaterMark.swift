import OctopusEngine
import OctopusJournal
import OctopusRecords

/// The high-water mark of revisions: a number on the disk that no visible revision exceeds, so that
/// revisions and fencing tokens grow across restarts.
///
/// The mark reserves a stride of revisions at a time. A thread reserves the next stride when half
/// of one is left, so that event loops do not wait for the disk. If that does not succeed in time,
/// commands that change something are refused once a quarter of a stride is left. The last quarter
/// is for what cannot be refused: sessions and waits that end, and the grants that follow. If that
/// is used up too, the engine goes on and all output is held back until the disk has caught up.
struct HighWaterMark: Sendable {
  /// Revisions reserved at a time: even at the greatest speed the disk is written to once in
  /// seconds, and 2³³ restarts are possible before revisions run out.
  static let stride: Revision = 1_000_000

  /// Revisions of this run begin above it.
  let start: Revision
  /// Nil without a state directory: revisions grow within this run only.
  private let stride: Revision?
  /// The mark on the disk.
  private(set) var reserved: Revision
  private(set) var isReserving = false
  /// Why the latest attempt failed.
  private(set) var failure: StorageError?
  /// When the current attempt began, in microseconds of the monotonic clock.
  private var attemptBegan: Int64?

  /// A mark that is stored nowhere: it never has to be waited for.
  init() {
    start = 0
    stride = nil
    reserved = .max
  }

  /// Reads the mark and reserves a first stride. Waits for the disk.
  ///
  /// - Parameter journal: the highest revision of the journal; nil: there is none. If its mark is
  ///   gone, later revisions may have been seen.
  init(
    _ storage: some HighWaterMarkStorage, stride: Revision = Self.stride, journal: Revision? = nil,
    progress: Progress = Progress()
  ) throws(StorageError) {
    progress.begin("read \(storage.path)")
    let mark = try storage.read()
    start = if let journal, mark == 0 || mark < journal { journal + stride } else { mark }
    guard start < EngineLimits.revision - 1 - stride else {
      throw .exhausted(path: storage.path, mark: start)
    }
    progress.begin("write \(storage.path)")
    reserved = start + stride
    try storage.write(reserved)
    self.stride = stride
  }

  /// Above this revision it is time to reserve the next stride.
  var reservationThreshold: Revision {
    isHighest ? .max : stride.map { reserved - $0 / 2 } ?? .max
  }

  /// From this revision on, the engine refuses commands that change something.
  var commandLimit: Revision { isHighest ? .max : stride.map { reserved - $0 / 4 } ?? .max }

  /// There is no higher mark: the engine itself refuses what exceeds the last revision.
  private var isHighest: Bool { reserved >= EngineLimits.revision - 1 }

  /// Whether to wake the thread that reserves.
  mutating func needsReservation(at revision: Revision) -> Bool {
    guard !isReserving, revision > reservationThreshold else { return false }
    isReserving = true
    return true
  }

  /// Begins an attempt; returns the mark to write, or nil if nothing has to be reserved.
  mutating func beginReservation(at revision: Revision, now: Int64) -> Revision? {
    guard let stride, revision > reservationThreshold else {
      isReserving = false
      return nil
    }
    attemptBegan = now
    return min(max(reserved, revision) + stride, EngineLimits.revision - 1)
  }

  mutating func endReservation(reached mark: Revision) {
    reserved = max(reserved, mark)
    (failure, attemptBegan) = (nil, nil)
  }

  mutating func endReservation(_ failure: StorageError) {
    self.failure = failure
    attemptBegan = nil
  }

  /// For INFO; nil if the mark is stored nowhere.
  func status(now: Int64) -> (reserved: Revision, error: String?)? {
    guard stride != nil else { return nil }
    let waited = attemptBegan.map { (now - $0) / 1_000_000 } ?? 0
    let isLate = waited >= Self.lateSeconds
    return (
      reserved,
      isLate ? "the disk has not answered for \(waited) seconds" : failure.map { "\($0)" }
    )
  }

  /// An attempt that takes longer than this is reported as hanging.
  private static let lateSeconds = 5
}
