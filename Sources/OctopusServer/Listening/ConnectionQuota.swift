import OctopusSession
import OctopusSystem

import struct Synchronization.Atomic

/// How many connections each user has, and may have. Administrators are not counted.
final class ConnectionQuota: Sendable {
  /// A connection's place among those of its user. It is given back with the object.
  final class Place: Sendable {
    let user: Peer.User
    private let quota: ConnectionQuota

    fileprivate init(of user: Peer.User, in quota: ConnectionQuota) {
      self.user = user
      self.quota = quota
    }

    deinit { quota.leave(user) }
  }

  /// Connections of one user.
  let most: Int
  private let counts = Mutex<[Peer.User: Int]>([:])
  private let refusals = Atomic<Int>(0)

  /// - Parameter most: nil: a quarter of all, but not so few that ordinary programs meet it.
  init(most: Int?) { self.most = most ?? max(64, DescriptorLimit.current / 4) }

  /// A place for a connection of the user; nil if the user has as many as may be.
  func place(for user: Peer.User) -> Place? {
    let hasRoom = counts.withLock { counts in
      guard counts[user, default: 0] < most else { return false }
      counts[user, default: 0] += 1
      return true
    }
    return hasRoom ? Place(of: user, in: self) : nil
  }

  private func leave(_ user: Peer.User) {
    counts.withLock { counts in
      let rest = counts[user]! - 1
      counts[user] = rest > 0 ? rest : nil
    }
  }

  /// Connections that were refused, for INFO.
  var refusalCount: Int { refusals.load(ordering: .relaxed) }

  func countRefusal() { refusals.add(1, ordering: .relaxed) }
}

/// Which descriptors may be connections: not the last ones, so that the server can still do its
/// other work, such as writing the high-water mark, and tell a client why it is refused.
struct DescriptorShares {
  /// From this number on they are not for connections.
  let connections: CInt
  /// From this number on they are for administrators only.
  let ordinaryConnections: CInt

  init(_ descriptors: Int = DescriptorLimit.current) {
    let all = CInt(clamping: descriptors)
    connections = all - min(16, all / 4)
    ordinaryConnections = connections - min(16, all / 8)
  }
}
