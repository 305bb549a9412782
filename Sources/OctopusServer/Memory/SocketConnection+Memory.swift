import OctopusEngine
import OctopusSession

// What the server holds for one connection, in the account.
extension SocketConnection {
  /// As CLIENT LIST shows it.
  var memory: ConnectionMemory {
    var memory = memory(discarded: loop.memory.discardedBytes)
    // The loop's buffer is not the connection's.
    if hasBorrowedInput { memory.input = input.count }
    memory.output += unsent.count
    return memory
  }

  /// As it counts against the limit.
  var heldBytes: Int { memory.countedTotal }

  var candidate: Eviction<Peer.User>.Candidate {
    Eviction.Candidate(connection: id, user: protocolState.peer.user, bytes: heldBytes)
  }

  /// Brings the account up to date.
  // Not inlined: most connections hold nothing that counts.
  @inline(never)
  func updateAccount() {
    var memory = memory
    // They count by what the engine discards.
    memory.records = 0
    setAccount(memory.countedTotal, isHolder: memory.countedTotal > 0 || pinsRecords)
  }

  /// The connection closes, or leaves the loop.
  func leaveAccount() { setAccount(0, isHolder: false) }

  private func setAccount(_ bytes: Int, isHolder: Bool) {
    if bytes != accountedBytes { loop.memory.addToConnections(bytes - accountedBytes) }
    accountedBytes = bytes
    guard isHolder != self.isHolder else { return }
    self.isHolder = isHolder
    loop.holders[id] = isHolder ? self : nil
  }

  /// Ends the session and drops what is held for the client, except for the reason.
  func evict() {
    if !hasBorrowedInput { input = InputBuffer() }
    loop.dispatcher.drop(
      self,
      Failure(
        .overflow, "the memory limit is reached, and this client held most: the session has ended"))
    updateAccount()
  }
}
