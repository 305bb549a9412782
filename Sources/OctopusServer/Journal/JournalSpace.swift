import OctopusJournal
import OctopusSystem

// Space on the disk, which the journal's thread sets aside before it is needed: for changes, and
// for the next base. So a full disk is seen before a write fails.

extension Journal {
  /// Whether the space for what comes is running out.
  func needsSpace(_ state: borrowing State) -> Bool {
    let missing = Self.enoughBytes(Self.baseBytes(state)) - state.writer.byteCount
    return !state.isFull && state.writer.spaceLeft < max(Self.space(state) / 2, missing)
  }

  /// How much space to have beyond what was written.
  private static func space(_ state: borrowing State) -> Int {
    min(max(state.writer.byteCount / 8, 64 << 10), 4 << 20)
  }

  /// About how many bytes a base takes.
  static func baseBytes(_ state: borrowing State) -> Int {
    state.baseBytes + state.writer.counterBytes
  }

  /// Sets space aside for more changes, and for the next base. When the disk has none, records may
  /// not grow: what is there is for changes that do not, and for a base.
  func keepSpace(_ work: inout Work) {
    let now = SystemClock.monotonicMicroseconds()
    let (isShort, isFull, base, space) = state.withLock { state in
      (needsSpace(state), state.isFull, Self.baseBytes(state), Self.space(state))
    }
    // Records may grow by the space for changes before the thread looks again.
    let needsNext = (work.next?.reserved ?? 0) < Self.enoughBytes(base + space)
    guard isShort || needsNext || isFull, !isFull || now >= work.spaceRetryAt else { return }
    do throws(StorageError) {
      // On a full disk, what a base has freed is for the next base first.
      if needsNext, isFull { try prepareNext(&work, base, growing: space) }
      try reserveForChanges()
      if needsNext, !isFull { try prepareNext(&work, base, growing: space) }
      setFull(false, nil)
    } catch {
      work.spaceRetryAt = now + work.spacePause
      if error.isFullDisk { setFull(true, error) }
    }
  }

  /// The files take at least as much as a base after the next one needs: a base frees that.
  private func reserveForChanges() throws(StorageError) {
    let space = state.withLock { state in
      let space = Self.space(state)
      let enough = Self.enoughBytes(Self.baseBytes(state) + space)
      return state.writer.spaceToReserve(max(space, enough - state.writer.byteCount))
    }
    guard let space else { return }
    // Outside the lock: a file system may take its time.
    try space.file.reserve(upTo: space.size)
    state.withLock { $0.writer.didReserve(space) }
  }

  static let smallBase = 64 << 10
  /// When less than this is left on a full disk, it is time for a base.
  static let lowSpace = 16 << 10

  /// How many bytes a file must have for records to grow: for a base, and for changes after it.
  private static func enoughBytes(_ base: Int) -> Int { base + base / 10 + smallBase / 2 }

  /// The same on a full disk: less than files had when it became full, which a base frees.
  static func leastBytes(_ base: Int) -> Int { base + base / 20 + smallBase * 3 / 8 }

  /// - Parameters:
  ///   - base: about how many bytes the base takes now.
  ///   - growth: by how much it can grow before the thread looks again.
  private func prepareNext(
    _ work: inout Work, _ base: Int, growing growth: Int
  ) throws(StorageError) {
    do throws(StorageError) {
      let grown = base + growth
      try prepareNext(&work, bytes: grown + grown / 4 + Self.smallBase)
    } catch {
      if error.isFullDisk, work.next == nil {
        try? prepareNext(&work, bytes: Self.leastBytes(base))
      }
      throw error
    }
  }

  func prepareNext(_ work: inout Work, bytes: Int) throws(StorageError) {
    if let next = work.next {
      try next.file.reserve(upTo: bytes)
      work.next?.reserved = bytes
    } else {
      work.next = (try JournalWriter.prepareFile(on: disk, reserve: bytes), bytes)
    }
  }

  private func setFull(_ isFull: Bool, _ error: StorageError?) {
    let hasChanged = state.withLock { state in
      defer { state.isFull = isFull }
      return state.isFull != isFull
    }
    guard hasChanged else { return }
    engine.setFull(isFull)
    if let error {
      logger.error(
        "the disk is full: records may not grow until there is space",
        metadata: ["error": "\(error)"])
    } else {
      logger.notice("there is space on the disk again")
    }
  }
}
