import OctopusEngine
import OctopusJournal
import OctopusSystem

import struct Synchronization.Atomic

// Backups: the journal's thread states a base, and reads it for the client part by part. The file
// stays open for the client, even if later changes have made it superfluous.

/// What clients wait for.
struct BackupRequests {
  /// Called by the thread with a base that was begun after the request; nil: it has failed.
  typealias Begun = @Sendable (JournalWriter.Base?) -> Void

  fileprivate struct Part {
    let backup: Backup
    let offset: Int
    let take: @Sendable (Result<[UInt8], Failure>) -> Void
  }

  fileprivate var begun: [Begun] = []
  fileprivate var parts: [Part] = []

  mutating func takeBegun() -> [Begun] {
    defer { begun = [] }
    return begun
  }
}

/// A base that a client reads. Its file takes space on the disk until it is closed.
final class Backup: Sendable {
  let base: JournalWriter.Base
  private let slot: Slot

  fileprivate init(_ base: JournalWriter.Base, _ slot: Slot) {
    self.base = base
    self.slot = slot
  }

  /// The client needs it no more.
  func close() { slot.release() }

  /// At most this many bytes are read at a time.
  static let partBytes = 256 << 10

  fileprivate func read(at offset: Int) throws(StorageError) -> [UInt8] {
    let count = max(0, min(base.byteCount - offset, Self.partBytes))
    var failure: StorageError?
    let part = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(StorageError) {
        filled = try base.file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { failure = error }
    }
    if let failure { throw failure }
    return part
  }

  /// One of the few places for backups that are under way.
  fileprivate final class Slot: Sendable {
    private let journal: Journal
    private let isReleased = Atomic<Bool>(false)

    /// Nil: all are taken.
    init?(_ journal: Journal) {
      self.journal = journal
      let open = journal.openBackups.add(1, ordering: .relaxed).newValue
      guard open <= Journal.mostBackups else { return nil }
    }

    // Another thread may still hold this for a moment: the place is free before that.
    func release() {
      guard !isReleased.exchange(true, ordering: .relaxed) else { return }
      journal.openBackups.subtract(1, ordering: .relaxed)
    }

    deinit { release() }
  }
}

extension Journal {
  /// Each can take the space of a whole state.
  fileprivate static let mostBackups = 2

  /// Begins a backup of a state that includes all that was done before the call.
  ///
  /// - Parameter done: called on the journal's thread.
  func beginBackup(_ done: @escaping @Sendable (Result<Backup, Failure>) -> Void) {
    guard let slot = Backup.Slot(self) else {
      return done(
        .failure(Failure(.limit, "\(Self.mostBackups) backups are being read: try again later")))
    }
    backups.withLock { requests in
      requests.begun.append { base in
        done(base.map { .success(Backup($0, slot)) } ?? .failure(.noBackup))
      }
    }
    wake()
  }

  /// Reads the part of a backup that begins at an offset.
  ///
  /// - Parameter take: called on the journal's thread.
  func read(
    _ backup: Backup, at offset: Int,
    _ take: @escaping @Sendable (Result<[UInt8], Failure>) -> Void
  ) {
    backups.withLock {
      $0.parts.append(BackupRequests.Part(backup: backup, offset: offset, take: take))
    }
    wake()
  }

  /// For the thread: reads the parts that clients wait for.
  func readBackups() {
    let parts = backups.withLock { requests in
      defer { requests.parts = [] }
      return requests.parts
    }
    for part in parts {
      do throws(StorageError) {
        part.take(.success(try part.backup.read(at: part.offset)))
      } catch {
        part.take(.failure(Failure(.error, "the backup cannot be read: \(error)")))
      }
    }
  }
}

extension Failure {
  fileprivate static let noBackup = Failure(
    .error, "no backup can be made now: INFO persistence says why")
}
