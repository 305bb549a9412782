import OctopusMatching
import OctopusRecords

// A client pays for what its triggers, subscriptions and waits add to the work of others' writes
// and messages: beyond a limit, more of them are refused.

extension Engine {
  /// Refuses a trigger, a pattern subscription or a wait for a query. Returns the work that it
  /// adds.
  ///
  /// - Parameter more: the work of others that are about to be installed with it.
  @discardableResult
  func checkWatchWork(
    _ query: Query, _ session: SessionID, beside more: Int = 0
  ) throws(Failure) -> Int {
    let account = sessions.changeAccount(of: session)
    let work = watches.work(of: query, account)
    try check(work, beside: account.expected + more)
    return work
  }

  /// Refuses subscriptions to messages.
  func checkSubscriptionWork(_ queries: [Query], _ session: SessionID) throws(Failure) {
    let account = sessions.messageAccount(of: session)
    var sum = account.expected
    for query in queries {
      let work = subscriptions.work(of: query, account)
      try check(work, beside: sum)
      sum += work
    }
  }

  private func check(_ work: Int, beside others: Int) throws(Failure) {
    guard work > 0, others + work > bounds.watchWork else { return }
    throw Failure(
      .limit,
      "the queries of this user would make a write of others take \((others + work) / 1_000) µs "
        + "longer, more than \(bounds.watchWork / 1_000): ask for different names or values, or use "
        + "fewer or simpler queries")
  }
}
