/// The order in which connections are closed when clients hold too much: of the user whose
/// connections hold most, the connection that holds most. So a user does not escape by having many
/// connections, and does not harm others.
struct Eviction<User: Hashable> {
  struct Candidate: Equatable {
    let connection: Int64
    let user: User
    let bytes: Int
  }

  private struct Queue {
    /// The largest is the last.
    var candidates: [Candidate] = []
    var bytes = 0
  }

  private var users: [User: Queue] = [:]

  init(_ candidates: some Sequence<Candidate>) {
    for candidate in candidates {
      users[candidate.user, default: Queue()].candidates.append(candidate)
      users[candidate.user]!.bytes += candidate.bytes
    }
    for user in users.keys {
      users[user]!.candidates.sort { ($0.bytes, -$0.connection) < ($1.bytes, -$1.connection) }
    }
  }

  /// Removes and returns the next. Complexity: O(users).
  mutating func next() -> Candidate? {
    guard let user = users.max(by: { $0.value.bytes < $1.value.bytes })?.key,
      let candidate = users[user]!.candidates.popLast()
    else { return nil }
    users[user]!.bytes -= candidate.bytes
    if users[user]!.candidates.isEmpty { users[user] = nil }
    return candidate
  }
}
