import OctopusCollections

/// Who holds or waits: a session, and in it a task.
struct Holder: Hashable {
  let session: SessionID
  let who: [UInt8]
}

/// Members' numbers by their holders. Most of those are a session as a whole, which is found by its id.
struct HolderTable {
  private var sessions = IDMap<Int64>()
  private var tasks: [Holder: Int64] = [:]

  var isEmpty: Bool { sessions.isEmpty && tasks.isEmpty }

  subscript(holder: Holder) -> Int64? {
    get { holder.who.isEmpty ? sessions[holder.session] : tasks[holder] }
    set {
      if holder.who.isEmpty {
        sessions[holder.session] = newValue
      } else {
        tasks[holder] = newValue
      }
    }
  }
}
