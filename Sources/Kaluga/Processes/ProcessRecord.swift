// What a guard has put on record of its driver: the file `<n>.run`.
import CSupervision
import Glibc

/// The process ids of a guard and its driver, each with the time at which the process began: only
/// both together say that the process is still the same.
struct ProcessRecord: Hashable, Sendable {
  let guardPID: Int32
  let guardStart: Int64
  let pid: Int32
  let start: Int64

  /// Nil for numbers that no process has: a signal to -1 or to 0 would reach others.
  init?(guardPID: Int32, guardStart: Int64, pid: Int32, start: Int64) {
    guard guardPID > 1, pid > 1 else { return nil }
    (self.guardPID, self.guardStart) = (guardPID, guardStart)
    (self.pid, self.start) = (pid, start)
  }

  /// Whether the guard lives.
  var isGuarded: Bool {
    guardStart != 0 && Int64(truncatingIfNeeded: process_start(guardPID)) == guardStart
  }

  /// Sends a signal to the driver and all of its process group, if it is still theirs.
  func signalGroup(_ signal: CInt) {
    // As long as a process of the group lives, no other process gets the number. If a process has
    // it that began at another time, the group has ended.
    let now = Int64(truncatingIfNeeded: process_start(pid))
    guard now == 0 || now == start else { return }
    kill(-pid, signal)
    if signal == SIGTERM { kill(-pid, SIGCONT) }
  }
}
