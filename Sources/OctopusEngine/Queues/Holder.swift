import OctopusCollections

/// Holds, or waits for, a lock, permits or a barrier: a session, or one of its tasks.
struct Holder: Hashable {
  let session: SessionID
  /// Tells the session's tasks apart; empty: the session as a whole.
  let task: [UInt8]

  init(_ session: SessionID, task: [UInt8]) {
    self.session = session
    self.task = task
  }
}

/// Members' numbers by their holders. Most holders are a session as a whole, found by its id.
struct HolderTable {
  private var sessions = IDMap<Int64>()
  private var tasks: [Holder: Int64] = [:]

  var isEmpty: Bool { sessions.isEmpty && tasks.isEmpty }

  subscript(holder: Holder) -> Int64? {
    get { holder.task.isEmpty ? sessions[holder.session] : tasks[holder] }
    set {
      if holder.task.isEmpty {
        sessions[holder.session] = newValue
      } else {
        tasks[holder] = newValue
      }
    }
  }
}
