import Glibc
import OctopusSystem

/// Why the state directory cannot be used. The text is for a person.
package enum StorageError: Error, Sendable, CustomStringConvertible {
  case system(SystemError)
  /// Another process holds the directory's lock; its id if it wrote one.
  case inUse(path: String, process: Int32?)
  case belongsToAnotherUser(path: String, owner: UInt32, user: UInt32)
  case writableByOthers(path: String, mode: UInt32)
  case notAFile(path: String)
  /// Somebody has removed a file that is in use.
  case removed(path: String)
  case damaged(path: String)
  /// A file of the journal is wrong at an offset where a power failure cannot have left it so.
  case damagedJournal(path: String, offset: Int, reason: String)
  /// A base has another number of records than it states.
  case wrongCount(path: String, stated: Int, found: Int)
  /// The journal has a log, and not the base that it goes on from.
  case missingBase(path: String, log: String)
  /// There is a journal where a backup should be restored to.
  case notEmpty(path: String, file: String)
  /// A later version of this program wrote the file.
  case newerFormat(path: String, format: String)
  /// Too few revisions are left below 2⁵³.
  case exhausted(path: String, mark: Int64)
  case timedOut(action: String, seconds: Int)

  /// Whether there is no space left, for this user or for all.
  package var isFullDisk: Bool {
    guard case .system(let error) = self else { return false }
    return error.code == ENOSPC || error.code == EDQUOT
  }

  package var description: String {
    switch self {
    case .system(let error): error.description
    case .inUse(let path, let process?):
      "another octopusd (pid \(process)) uses the state directory \(path)"
    case .inUse(let path, nil): "another process holds \(path)/\(StateDirectory.lockName)"
    case .belongsToAnotherUser(let path, let owner, let user):
      "the state directory \(path) belongs to user \(owner) and not to user \(user), as whom this "
        + "runs: give it another owner (chown), or name another directory"
    case .writableByOthers(let path, let mode):
      "others may write to the state directory \(path) (mode \(String(mode, radix: 8))): "
        + "chmod go-w \(path)"
    case .notAFile(let path): "\(path) is not a regular file: not touching it"
    case .removed(let path): "\(path) was removed"
    case .damaged(let path):
      "\(path) does not hold a revision. Remove it only if no fencing token is in use any more"
    case .damagedJournal(let path, let offset, let reason):
      "\(path) is damaged at byte \(offset): \(reason). Nothing was changed. docs/journal.md says "
        + "what can be done"
    case .wrongCount(let path, let stated, let found):
      "\(path) is damaged: it states \(stated) records at the end of a state, and has \(found)"
    case .missingBase(let path, let log):
      "\(path) has \(log), and no base file that it could go on from: a file is missing"
    case .notEmpty(let path, let file):
      "\(path) has a journal already (\(file)): move its files away, or name another directory"
    case .newerFormat(let path, let format):
      "\(path) has format \(format), which this version cannot read (it reads format "
        + "\(FileHeader.format)): start the version that wrote it"
    case .exhausted(let path, let mark):
      "\(path) holds \(mark), and revisions end at 2^53: remove it, once no fencing token is in use "
        + "any more"
    case .timedOut(let action, let seconds):
      "cannot \(action): the disk has not answered for \(seconds) seconds"
    }
  }
}
