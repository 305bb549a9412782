import OctopusCollections
import OctopusStore

/// The rows that a session owns, by the revisions at which their records were created.
// A class, so that it is changed in place.
final class OwnedRows {
  /// Those of members of queues.
  private var members = IDMap<RowID>()
  private var others = IDMap<RowID>()

  func count(_ kind: RecordTable.Owned) -> Int {
    kind == .members ? members.count : members.count + others.count
  }

  subscript(created: Revision) -> RowID? { members[created] ?? others[created] }

  /// In no particular order.
  var rows: [RowID] { Array(members.values) + Array(others.values) }

  func insert(_ number: RowID, _ row: Row, isMember: Bool? = nil) {
    if isMember ?? QueueMember.isMember(row.record) {
      members[row.created] = number
    } else {
      others[row.created] = number
    }
  }

  func remove(_ created: Revision) {
    if members.removeValue(forKey: created) == nil { others[created] = nil }
  }

  /// The next of the members, or of all, whose slots are above those of the members.
  func next(_ kind: RecordTable.Owned, below slot: inout Int) -> Revision? {
    let first = members.slotCount
    if kind == .all, slot > first {
      var other = slot - first
      let created = others.next(below: &other)?.id
      slot = first + other
      if let created { return created }
    }
    return members.next(below: &slot)?.id
  }
}
