import OctopusEngine
import OctopusSession

// The bound on the memory that clients hold: a loop closes those of its connections that hold most.
extension LoopState {
  /// Before any request is carried out, notes what the engine has discarded so far.
  @inline(__always)
  func noteDiscarded() {
    let discarded = memory.discardedBytes
    guard discarded != discardedBytes else { return }
    discardedBytes = discarded
    dispatcher.counters.discardedBytes = discarded
  }

  /// Looks at what this loop's connections hold, if all together may hold too much by now. Returns
  /// whether it did.
  @discardableResult
  func relieveIfDue() -> Bool {
    guard memory.isLookDue(for: memoryShare) else { return false }
    relieve()
    return true
  }

  /// Closes connections of this loop until all loops together hold no more than they may. Where
  /// others hold more than this one, they are asked to.
  // Not inlined: it is rarely due.
  @inline(never)
  private func relieve() {
    var held = holders.values.reduce(0) { $0 + $1.heldBytes }
    memory.noteLook(for: memoryShare, held: held)
    var eviction: Eviction<Peer.User>?
    while memory.excess > 0, held > 0, held * context.loopCount >= memory.heldByConnections {
      if eviction == nil { eviction = Eviction(holders.values.map(\.candidate)) }
      guard let next = eviction!.next() else { break }
      held -= evict(next)
      memory.noteLook(for: memoryShare, held: held)
    }
    if context.loopCount > 1 { askOthers() }
  }

  /// Has other loops look that must, and, if connections still hold too much, the loop whose hold
  /// most.
  private func askOthers() {
    let shares = memory.shares
    func held(_ loop: Int) -> Int { shares[loop].held.load(ordering: .relaxed) }
    let most = shares.indices.max { held($0) < held($1) }!
    for loop in context.loops where loop.index != index {
      if memory.excess > 0, loop.index == most, held(most) > 0 {
        loop.submit { $0.relieve() }
      } else if memory.isLookDue(for: shares[loop.index]) {
        loop.submit { $0.relieveIfDue() }
      }
    }
  }

  /// Returns how much less is held.
  private func evict(_ candidate: Eviction<Peer.User>.Candidate) -> Int {
    guard let connection = connections[candidate.connection] else { return candidate.bytes }
    // It was told why already, and has not read it.
    guard !connection.isClosing else {
      connection.closeNow()
      return candidate.bytes
    }
    dispatcher.counters.traffic.clientsEvicted += 1
    logEviction(of: connection)
    connection.evict()
    return candidate.bytes - connection.heldBytes
  }

  private func logEviction(of connection: SocketConnection) {
    let peer = connection.protocolState.peer
    context.evictionLog.note { count in
      context.logger.warning(
        "memory limit reached: closed the client that held most",
        metadata: [
          "id": "\(connection.id)", "peer": "\(peer.address)", "user": "\(peer.user)",
          "bytes": "\(connection.heldBytes)", "count": "\(count)",
        ])
    }
  }
}
