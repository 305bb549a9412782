/// Members of ZooKeeper's lock recipe: a numbered node for each, of which the lowest holds; each watches the
/// one just before its own. A member has a session.
final class ZooKeeperLine: Line {
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

  func ask(_ member: Int) throws {
    let path = try sessions[member].create("\(parent)/member-", .member)
    nodes[member] = String(path.dropFirst(parent.count + 1))
    holds[member] = try look(member)
  }

  func learn(_ member: Int) throws {
    while !holds[member] {
      try sessions[member].awaitEvent()
      holds[member] = try look(member)
    }
  }

  func release(_ holder: Int) throws {
    holds[holder] = false
    try sessions[holder].delete("\(parent)/\(nodes[holder])")
  }

  func forget(_ holder: Int) throws { try sessions[holder].awaitReply() }

  /// Each has heard that its node is there.
  func settle() {}

  /// Whether the member's node is the lowest. Otherwise it watches the one before.
  private func look(_ member: Int) throws -> Bool {
    while true {
      // Numbers have as many digits.
      let own = nodes[member]
      let before = try sessions[member].children(of: parent).lazy.filter { $0 < own }.max()
      guard let before else { return true }
      if try sessions[member].watch("\(parent)/\(before)") { return false }
    }
  }
}
