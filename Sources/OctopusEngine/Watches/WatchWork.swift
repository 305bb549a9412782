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
    try check(work, beside: watches.work(of: session) + more)
    guard work == 0 else { return }
    try checkEquals(watches.equals(of: query, session, ifMoreThan: bounds.equalWatches))
  }

  /// Refuses subscriptions to messages.
  func checkSubscriptionWork(_ queries: [Query], _ session: SessionID) throws(Failure) {
    var sum = subscriptions.work(of: session)
    for query in queries {
      let work = subscriptions.work(of: query)
      try check(work, beside: sum)
      sum += work
      guard work == 0 else { continue }
      try checkEquals(subscriptions.equals(of: query, session, ifMoreThan: bounds.equalWatches))
    }
  }

  private func check(_ work: Int, beside others: Int) throws(Failure) {
    guard work > 0, others + work > bounds.watchWork else { return }
    throw Failure(
      .limit,
      "this would make each write of other clients take \((others + work) / 1_000) µs longer, more "
        + "than \(bounds.watchWork / 1_000): ask for a name or for the value of an attribute, or use "
        + "fewer or simpler queries")
  }

  private func checkEquals(_ count: Int) throws(Failure) {
    guard count >= bounds.equalWatches else { return }
    throw Failure(
      .limit, "this session has \(bounds.equalWatches) others for the same name or value already")
  }
}
