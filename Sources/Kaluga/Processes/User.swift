// Users of the system, by name.
import Glibc

/// A user and all groups that the user is a member of.
struct User {
  let id: uid_t
  let group: gid_t
  let groups: [gid_t]

  /// Looks a user up, which may take long where users are on another machine. Nil if there is none.
  init?(named name: String) {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 1 << 16)
    guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
      return nil
    }
    var count: CInt = 64
    var groups = [gid_t](repeating: 0, count: Int(count))
    while getgrouplist(name, entry.pw_gid, &groups, &count) < 0 {
      // It has set the count to the number of groups.
      groups = [gid_t](repeating: 0, count: max(groups.count * 2, Int(count)))
      count = CInt(groups.count)
    }
    (id, group) = (entry.pw_uid, entry.pw_gid)
    self.groups = Array(groups.prefix(Int(count)))
  }
}
