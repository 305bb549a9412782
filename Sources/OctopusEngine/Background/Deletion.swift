import OctopusRecords
import OctopusStore

/// A `DEL … ALL` that would take more than a step: it deletes in parts, in the order of names.
///
/// Other steps come in between, so a record that matches only meanwhile may stay or go. Records
/// that are created meanwhile stay, so that no writer can keep it going.
struct Deletion {
  let query: Query
  /// The revision at its beginning.
  let start: Revision
  let origin: Origin
  /// It goes on when its session has ended.
  let isAdministrator: Bool
  /// The name after which the next part begins.
  var after: [UInt8]?
  var count: Int64 = 0
}

extension Engine {
  /// The deletion that a command wants, if it may be carried out in parts.
  func deletion(_ command: Command, _ origin: Origin) -> Deletion? {
    guard command.trigger == nil, !command.wantsRevision,
      case .delete(let queries, let options) = command.operation,
      options.deletesAll, queries.count == 1, !queries[0].isExact
    else { return nil }
    return Deletion(
      query: queries[0], start: records.revision, origin: origin,
      isAdministrator: sessions.isAdministrator(origin.session))
  }

  /// Deletes until the work of this part is done; true when the deletion is complete or refused.
  mutating func carryOn(_ deletion: inout Deletion, into effects: inout [Effect]) -> Bool {
    let session = deletion.origin.session
    records.refusesWrites = refusesChanges
    repeat {
      let page = records.scan(deletion.query, after: deletion.after, most: Self.batch)
      let rows = page.rows.map { records[$0] }.filter { $0.created <= deletion.start }
      var next = page.next.map { records[$0].record.plainName }
      do throws(Failure) {
        let count = try erase(rows, deletion, into: &effects)
        deletion.count += Int64(count)
        if count < rows.count { next = rows[count - 1].record.plainName }
      } catch {
        var failure = error
        failure.message += " (\(deletion.count) records are deleted already)"
        effects.append(deletion.origin.handle.effect(session, .error(failure), records.revision))
        return true
      }
      deletion.after = next
      if next == nil {
        effects.append(
          deletion.origin.handle.effect(session, .integer(deletion.count), records.revision))
        return true
      }
    } while !records.budget.isSpent
    return false
  }

  /// How many records are deleted at a time, before it is seen how much work that was.
  static let batch = 64

  /// Deletes rows until the work of this part is done, at least one. Returns how many.
  private mutating func erase(
    _ rows: [Row], _ deletion: Deletion, into effects: inout [Effect]
  ) throws(Failure) -> Int {
    if !deletion.isAdministrator {
      for row in rows { try authorize(row.record, deletion.origin.session) }
    }
    var count = 0
    transaction.begin(after: records.revision)
    defer { transaction.clear() }
    do throws(Failure) {
      for row in rows where count == 0 || !records.budget.isSpent {
        try records.erase(row, in: transaction)
        count += 1
      }
    } catch {
      undo(transaction)
      throw error
    }
    commit(transaction, into: &effects)
    return count
  }
}

extension Record {
  var plainName: [UInt8] { withContents { Array($0.name) } }
}
