import OctopusEngine
import OctopusJournal
import OctopusSystem

import struct Synchronization.Atomic

// Backups: the journal's thread states a base, and reads it for the client part by part. The file
// stays open for the client, even if a later base has taken its place.

/// The backups of all clients, and the requests that wait for the thread.
struct BackupRequests {
  /// Called by the thread with a backup that was begun after the request.
  typealias Begun = @Sendable (Result<Backup, Failure>) -> Void

  fileprivate struct Part {
    let backup: Backup
    let offset: Int
    let take: @Sendable (Result<[UInt8], Failure>) -> Void
  }

  fileprivate var begun: [Begun] = []
  fileprivate var parts: [Part] = []
  /// How many were begun and are not open yet.
  fileprivate var underWay = 0
  /// Only the thread removes them: to close a large file that was removed takes time.
  fileprivate var open: [Backup] = []

  /// Each can take the space of a whole state.
  fileprivate static let most = 2

  fileprivate var isFull: Bool { underWay + open.count { !$0.isClosed } >= Self.most }
}

/// A base that a client reads.
final class Backup: Sendable {
  /// The revision of the last change that it includes.
  let revision: Revision
  let byteCount: Int
  /// Nil: it was given up.
  fileprivate let file: Mutex<(any DiskFile)?>
  private let closed = Atomic<Bool>(false)

  fileprivate init(_ base: JournalWriter.Base) {
    revision = base.revision
    byteCount = base.byteCount
    file = Mutex(base.file)
  }

  /// At most this many bytes are read at a time.
  static let partBytes = 256 << 10

  /// Whether the client needs it no more.
  fileprivate var isClosed: Bool { closed.load(ordering: .acquiring) }

  /// The client needs it no more.
  func close() { closed.store(true, ordering: .releasing) }

  /// Nil: it was given up.
  fileprivate func read(at offset: Int) throws(StorageError) -> [UInt8]? {
    guard let file = file.withLock({ $0 }) else { return nil }
    let count = max(0, min(byteCount - offset, Self.partBytes))
    var failure: StorageError?
    let part = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(StorageError) {
        filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { failure = error }
    }
    if let failure { throw failure }
    return part
  }
}

// For event loops.
extension Journal {
  /// Begins a backup of a state that includes all that was done before the call.
  ///
  /// - Parameter done: called on the journal's thread, or at once if there are too many.
  func beginBackup(_ done: @escaping BackupRequests.Begun) {
    let isFull = backups.withLock { requests in
      guard !requests.isFull else { return true }
      requests.underWay += 1
      requests.begun.append(done)
      return false
    }
    guard !isFull else {
      return done(
        .failure(
          Failure(.limit, "\(BackupRequests.most) backups are being read: try again later")))
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

  /// The client needs it no more.
  func close(_ backup: Backup) {
    backup.close()
    wake()
  }
}

// For the journal's thread.
extension Journal {
  /// The clients that wait for a base.
  func takeBegunBackups() -> [BackupRequests.Begun] {
    backups.withLock { requests in
      defer { requests.begun = [] }
      return requests.begun
    }
  }

  /// Hands the base to clients that waited for it; nil: there is none.
  func open(_ base: JournalWriter.Base?, for clients: [BackupRequests.Begun]) {
    for client in clients {
      let backup = base.map { Backup($0) }
      backups.withLock { requests in
        requests.underWay -= 1
        if let backup { requests.open.append(backup) }
      }
      client(backup.map { .success($0) } ?? .failure(.noBackup))
    }
  }

  /// Reads the parts that clients wait for.
  func readBackups() {
    let parts = backups.withLock { requests in
      defer { requests.parts = [] }
      return requests.parts
    }
    for part in parts {
      do throws(StorageError) {
        let bytes = try part.backup.read(at: part.offset)
        part.take(bytes.map { .success($0) } ?? .failure(.backupGivenUp))
      } catch {
        part.take(.failure(Failure(.error, "the backup cannot be read: \(error)")))
      }
    }
  }

  /// Closes the files of backups that no client reads any more; and on a full disk, of all whose
  /// space would be free: those that a later base has taken the place of.
  func closeBackups() {
    let (isFull, current) = state.withLock { ($0.isFull, $0.writer.base?.file) }
    let closed = backups.withLock { requests in
      let closed = requests.open.filter { backup in
        backup.isClosed || isFull && !backup.file.withLock { $0 === current }
      }
      requests.open.removeAll { backup in closed.contains { $0 === backup } }
      return closed
    }
    for backup in closed { backup.file.withLock { $0 = nil } }
  }
}

extension Failure {
  fileprivate static let noBackup = Failure(
    .error, "no backup can be made now: INFO persistence says why")
  fileprivate static let backupGivenUp = Failure(
    .error, "the backup was given up: the disk is full, and needs its space")
}
