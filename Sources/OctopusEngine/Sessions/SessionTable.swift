import OctopusCollections
import OctopusMatching

/// The open sessions. What belongs to a session (records, watches, waits, subscriptions) stands in
/// the tables of these, by its id.
struct SessionTable: ~Copyable {
  private var sessions = IDMap<Session>()
  /// The ordinary users that have open sessions.
  private var users: [User: UserAccounts] = [:]

  private struct Session {
    let isAdministrator: Bool
    let user: User?
    let accounts: UserAccounts
  }

  private struct User: Hashable {
    let id: UInt32?
    let name: String?
  }

  var count: Int { sessions.count }

  mutating func open(_ session: SessionID, _ principal: Principal) {
    precondition(session > 0 && !isOpen(session), "session \(session) is open already")
    guard !principal.isAdministrator else {
      sessions[session] = Session(isAdministrator: true, user: nil, accounts: UserAccounts())
      return
    }
    let user = User(id: principal.userID, name: principal.name)
    let accounts = users[user] ?? UserAccounts()
    accounts.sessions += 1
    users[user] = accounts
    sessions[session] = Session(isAdministrator: false, user: user, accounts: accounts)
  }

  /// Closes a session; false if it was not open.
  mutating func close(_ session: SessionID) -> Bool {
    guard let closed = sessions.removeValue(forKey: session) else { return false }
    closed.accounts.sessions -= 1
    if let user = closed.user, closed.accounts.sessions == 0 { users[user] = nil }
    return true
  }

  func isOpen(_ session: SessionID) -> Bool { sessions.contains(session) }

  func isAdministrator(_ session: SessionID) -> Bool {
    sessions[session]?.isAdministrator ?? false
  }

  /// The account of what a session's user adds to the work of changes. A session of an
  /// administrator has its own.
  func changeAccount(of session: SessionID) -> MatchAccount {
    sessions[session]?.accounts.changes ?? MatchAccount()
  }

  /// The same for messages.
  func messageAccount(of session: SessionID) -> MatchAccount {
    sessions[session]?.accounts.messages ?? MatchAccount()
  }
}

/// What the sessions of a user add to the work of others.
private final class UserAccounts {
  let changes = MatchAccount()
  let messages = MatchAccount()
  var sessions = 0
}
