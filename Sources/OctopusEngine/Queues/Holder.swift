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
  private var tasks = NameTable<Int64>()

  var isEmpty: Bool { sessions.isEmpty && tasks.count == 0 }

  subscript(holder: Holder) -> Int64? {
    get {
      if holder.task.isEmpty { return sessions[holder.session] }
      return tasks[holder.key]
    }
    set {
      if holder.task.isEmpty {
        sessions[holder.session] = newValue
      } else {
        tasks[holder.key] = newValue
      }
    }
  }
}

extension Holder {
  /// The task and the session as bytes.
  fileprivate var key: [UInt8] {
    var key = task
    key.reserveCapacity(task.count + MemoryLayout<SessionID>.size)
    withUnsafeBytes(of: session) { key.append(contentsOf: $0) }
    return key
  }
}
