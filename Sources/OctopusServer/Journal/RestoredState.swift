import Logging
import OctopusEngine
import OctopusJournal
import OctopusSystem

/// The engine with the state that earlier runs have left in the state directory, and what keeps the
/// state there.
struct RestoredState: Sendable {
  let engine: EngineHost
  /// Changes get revisions above it.
  let revision: Revision
  /// Nil without a state directory.
  let markStorage: (any HighWaterMarkStorage)?
  let journal: Journal?

  /// Nothing was left, and nothing is kept.
  init(_ configuration: Configuration) {
    let engine = Self.engine(configuration, nil)
    self.engine = EngineHost(
      engine, mark: HighWaterMark(), memoryLimit: configuration.memoryLimit,
      loops: configuration.loops)
    (revision, markStorage, journal) = (0, nil, nil)
  }

  private static func engine(_ configuration: Configuration, _ feed: JournalFeed?) -> Engine {
    Engine(
      memoryLimit: configuration.memoryLimit, stepBudget: configuration.stepBudget, changeLog: feed)
  }

  /// Reads the state directory. Waits for the disk: without a limit where it reads the journal,
  /// which takes its time.
  init(
    _ configuration: Configuration, in directory: String, logger: Logger
  ) throws(StartupError) {
    let opened: StateDirectory
    do throws(StorageError) {
      opened = try withDiskTimeLimit(seconds: configuration.diskSeconds) {
        (progress) throws(StorageError) in try StateDirectory(directory, progress: progress)
      }
      if !configuration.keepsJournal, try opened.list().contains(where: { FileName($0) != nil }) {
        logger.warning(
          "the journal is off: its records are not served", metadata: ["directory": "\(directory)"])
      }
    } catch { throw .storage(error) }
    try self.init(
      configuration, HighWaterMarkFile(in: opened), configuration.keepsJournal ? opened : nil,
      logger: logger)
  }

  /// - Parameter disk: with the journal; nil: none is kept.
  init(
    _ configuration: Configuration, _ storage: any HighWaterMarkStorage, _ disk: (any Disk)? = nil,
    logger: Logger
  ) throws(StartupError) {
    let feed = disk.map { _ in
      JournalFeed(holding: configuration.sync == .always ? .everything : .nothing)
    }
    var engine = Self.engine(configuration, feed)
    let start = SystemClock.monotonicMicroseconds()
    let mark: HighWaterMark
    var kept: Kept?
    do throws(StorageError) {
      let summary = try disk.flatMap { (disk) throws(StorageError) in
        try Self.read(JournalReader(disk), into: &engine)
      }
      let stride = configuration.revisionStride
      let last = summary.map { max($0.highest, engine.revision) }
      mark = try withDiskTimeLimit(seconds: configuration.diskSeconds) {
        (progress) throws(StorageError) in
        try HighWaterMark(storage, stride: stride, journal: last, progress: progress)
      }
      engine.advance(to: mark.start)
      if let disk, let feed { kept = try Kept(&engine, feed, disk, after: summary) }
      let microseconds = SystemClock.monotonicMicroseconds() - start
      if disk != nil { log(summary, engine.recordCount, microseconds, logger) }
    } catch { throw .storage(error) }
    self.engine = EngineHost(
      engine, mark: mark, memoryLimit: configuration.memoryLimit, loops: configuration.loops)
    revision = mark.start
    markStorage = storage
    guard let kept else {
      journal = nil
      return
    }
    do throws(SystemError) {
      journal = try Journal(
        self.engine, kept, policy: configuration.sync, slack: configuration.journalSlack,
        logger: logger)
    } catch { throw .system(error) }
  }

  private static func read(
    _ reader: JournalReader, into engine: inout Engine
  ) throws(StorageError) -> JournalReader.Summary? {
    var disagreement: StorageError?
    let summary = try reader.readAhead { item in
      engine.restore(item)
      if case .end(let stated, _) = item, stated != engine.recordCount {
        disagreement = .wrongCount(path: reader.path, stated: stated, found: engine.recordCount)
      }
    }
    if let disagreement { throw disagreement }
    // On a full disk its space is all that there is for the mark and for a new file.
    try reader.removePrepared()
    if let summary { try reader.mend(summary) }
    return summary
  }

  /// A journal that goes on.
  struct Kept {
    let writer: JournalWriter
    /// How many steps were written before the engine has its host.
    let steps: Int
    let baseBytes: Int
    /// Bytes that were cut off the end.
    let cutBytes: Int

    /// Ends what sessions of earlier runs have left, and begins a file with that.
    fileprivate init(
      _ engine: inout Engine, _ feed: JournalFeed, _ disk: any Disk,
      after summary: JournalReader.Summary?
    ) throws(StorageError) {
      feed.begin(with: engine.statistics)
      var writer = try JournalWriter(disk, after: summary, revision: engine.revision)
      var effects: [Effect] = []
      feed.beginStep()
      engine.finishRestoring(into: &effects)
      _ = feed.endStep(isTransaction: false)
      try writer.write(&feed.entries)
      if let point = writer.syncPoint {
        try point.run()
        writer.didSync(point)
      }
      engine.keepJournal(durable: writer.durable)
      self.writer = writer
      (steps, baseBytes) = (feed.steps, feed.baseBytes)
      cutBytes = summary?.cuts.reduce(0) { $0 + $1.byteCount } ?? 0
    }
  }
}

extension Engine {
  /// Takes over an item of the journal.
  fileprivate mutating func restore(_ item: JournalItem) {
    switch item {
    case .set(let stored): restore(stored)
    case .deleted(let record, let revision): restoreDeletion(of: record, at: revision)
    case .counter(let name, let next): restoreCounter(name, next: next)
    case .end(_, let firstNumber): restoreFirstNumber(firstNumber)
    }
  }
}

private func log(
  _ summary: JournalReader.Summary?, _ records: Int, _ microseconds: Int64, _ logger: Logger
) {
  guard let summary else { return logger.debug("a new journal begins") }
  for cut in summary.cuts {
    logger.warning(
      "the end of the journal was not whole: it is cut off, and kept in a file of its own",
      metadata: [
        "file": "\(cut.file)", "offset": "\(cut.offset)", "bytes": "\(cut.byteCount)",
      ])
  }
  guard records > 0 else { return }
  logger.info(
    "the records of the journal are restored",
    metadata: [
      "records": "\(records)", "revision": "\(summary.revision)",
      "milliseconds": "\(microseconds / 1_000)",
    ])
}
