import OctopusRecords
import OctopusStore

/// A `DEL … ALL` that would take more than a step: it deletes in parts, in the order of names.
///
/// Other steps come in between, so a record that matches only meanwhile may stay or go.
struct Deletion {
  let query: Query
  let origin: Origin
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
    return Deletion(query: queries[0], origin: origin)
  }

  /// Deletes until the work of this part is done; true when the deletion is complete or refused.
  mutating func carryOn(_ deletion: inout Deletion, into effects: inout [Effect]) -> Bool {
    let session = deletion.origin.session
    guard sessions.isOpen(session) else { return true }
    records.refusesWrites = records.revision >= revisionLimit
    repeat {
      let page = records.scan(deletion.query, after: deletion.after, most: Self.batch)
      let next = page.next.map { records[$0].record.withContents { Array($0.name) } }
      do throws(Failure) {
        try erase(page.rows.map { records[$0] }, by: session, into: &effects)
      } catch {
        var failure = error
        failure.message += " (\(deletion.count) records are deleted already)"
        effects.append(deletion.origin.handle.effect(session, .error(failure), records.revision))
        return true
      }
      deletion.count += Int64(page.rows.count)
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

  private mutating func erase(
    _ rows: [Row], by session: SessionID, into effects: inout [Effect]
  ) throws(Failure) {
    for row in rows { try authorize(row.record, session) }
    transaction.begin(after: records.revision)
    defer { transaction.clear() }
    do throws(Failure) {
      for row in rows { try records.erase(row, in: transaction) }
    } catch {
      undo(transaction)
      throw error
    }
    commit(transaction, into: &effects)
  }
}
