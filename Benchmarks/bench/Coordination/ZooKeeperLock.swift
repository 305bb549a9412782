/// ZooKeeper's lock recipe: a numbered node for each member, of which the lowest holds the lock.
/// Each member watches the node before its own, in its own session.
final class ZooKeeperLock: ContendedLock {
  private let sessions: [ZooKeeper]
  private let parent: String
  private var nodes: [String]
  private var holds: [Bool]

  init(at address: Wire.Address, name: String, members: Int) throws {
    sessions = try (0..<members).map { _ in try ZooKeeper(address) }
    nodes = Array(repeating: "", count: members)
    holds = Array(repeating: false, count: members)
    parent = "/\(name)"
    _ = try sessions[0].create(parent, .permanent)
  }

  var count: Int { sessions.count }

  func acquire(_ member: Int) throws {
    let path = try sessions[member].create("\(parent)/member-", .ephemeralSequential)
    nodes[member] = String(path.dropFirst(parent.count + 1))
    holds[member] = try holdsLowestNode(member)
  }

  func awaitGrant(_ member: Int) throws {
    while !holds[member] {
      try sessions[member].awaitEvent()
      holds[member] = try holdsLowestNode(member)
    }
  }

  func release(_ holder: Int) throws {
    holds[holder] = false
    try sessions[holder].delete("\(parent)/\(nodes[holder])")
  }

  func awaitRelease(_ holder: Int) throws { try sessions[holder].awaitReply() }

  /// The reply to each request says that its node is in the queue.
  func awaitQueued() {}

  /// Whether the member's node is the lowest. Otherwise it watches the node before.
  private func holdsLowestNode(_ member: Int) throws -> Bool {
    while true {
      // Numbers have as many digits.
      let own = nodes[member]
      let before = try sessions[member].children(of: parent).lazy.filter { $0 < own }.max()
      guard let before else { return true }
      if try sessions[member].watch("\(parent)/\(before)") { return false }
    }
  }
}
