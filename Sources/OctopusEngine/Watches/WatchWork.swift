import OctopusMatching
import OctopusRecords

// A client pays for what its triggers, subscriptions and waits add to the work of others' writes
// and messages: beyond a limit, more of them are refused.

extension Engine {
  /// Refuses a trigger, a pattern subscription or a wait for a query.
  ///
  /// - Parameter more: the work of others that are about to be installed with it.
  func checkWatchWork(
    _ query: Query, _ session: SessionID, beside more: Int = 0
  ) throws(Failure) {
    let work = watches.work(of: query)
    let account = sessions.changeAccount(of: session)
    try check(work, beside: account.expected + more)
    guard work == 0 else { return }
    try checkEquals(session, account) { watches.equals(of: query, ifMoreThan: $0, where: $1) }
  }

  /// Refuses subscriptions to messages.
  func checkSubscriptionWork(_ queries: [Query], _ session: SessionID) throws(Failure) {
    let account = sessions.messageAccount(of: session)
    var sum = account.expected
    for query in queries {
      let work = subscriptions.work(of: query)
      try check(work, beside: sum)
      sum += work
      guard work == 0 else { continue }
      try checkEquals(session, account) {
        subscriptions.equals(of: query, ifMoreThan: $0, where: $1)
      }
    }
  }

  private func check(_ work: Int, beside others: Int) throws(Failure) {
    guard work > 0, others + work > bounds.watchWork else { return }
    throw Failure(
      .limit,
      "the queries of this user would make each write of others take \((others + work) / 1_000) µs "
        + "longer, more than \(bounds.watchWork / 1_000): ask for a name or for the value of an "
        + "attribute, or use fewer or simpler queries")
  }

  private func checkEquals(
    _ session: SessionID, _ account: MatchAccount,
    _ count: (_ most: Int, (MatchOwner) -> Bool) -> Int
  ) throws(Failure) {
    let most = bounds.equalWatches
    guard count(most, { $0.id == session }) < most else {
      throw Failure(.limit, "this session has \(most) others for the same name or value already")
    }
    let mostOfUser = bounds.equalWatchesOfUser
    guard count(mostOfUser, { $0.account === account }) < mostOfUser else {
      throw Failure(.limit, "this user has \(mostOfUser) others for the same name or value already")
    }
  }
}
