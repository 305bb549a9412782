import OctopusRecords
import OctopusStore

// Names that only administrators may write, lock or publish: Kaluga starts root's programs for the
// records under them.

/// The prefixes of reserved names.
enum ReservedNames {
  static let prefixes: [StaticString] = ["hw.", "kaluga.", "octopus."]

  /// The reserved prefix that a name has.
  static func prefix(of name: Bytes) -> StaticString? {
    // Most names are told apart by their first letter.
    guard let first = name.first,
      first == UInt8(ascii: "h") || first == UInt8(ascii: "k") || first == UInt8(ascii: "o")
    else { return nil }
    return prefixes.first { name.starts(with: $0.bytes) }
  }
}

extension Engine {
  /// Refuses a command with which an ordinary client would write, lock or publish under a reserved name,
  /// whether there is such a record or not.
  ///
  /// Which records a DEL by pattern deletes shows later: `authorize(deleting:)` refuses them.
  func authorize(_ operation: Operation, _ session: SessionID) throws(Failure) {
    switch operation {
    case .set(let write, _), .update(let write, _): try authorize(write.record, session)
    case .setSequential(let record, _, _), .publish(let record): try authorize(record, session)
    case .delete(let queries, _, _):
      for query in queries {
        if let refusal = query.withExactName({ refusal(of: $0, session) }) ?? nil { throw refusal }
      }
    case .lock(let request): try authorize(request.name, session)
    case .newSemaphore(let name, _): try authorize(name, session)
    case .takePermits(let request), .tryPermits(let request), .postPermits(let request):
      try authorize(request.name, session)
    case .enterBarrier(let request): try authorize(request.name, session)
    case .get, .names, .find, .exists, .count, .explain, .size, .waitFor, .untrigger, .observe,
      .subscribe, .unsubscribe, .patternSubscribe, .patternUnsubscribe:
      return
    // These give up what the session has.
    case .cancel, .unlock, .leaveBarrier: return
    }
  }

  func authorize(deleting rows: [Row], _ session: SessionID) throws(Failure) {
    for row in rows { try authorize(row.record, session) }
  }

  private func authorize(_ record: Record, _ session: SessionID) throws(Failure) {
    if let refusal = record.withContents({ refusal(of: $0.name, session) }) { throw refusal }
  }

  private func authorize(_ name: [UInt8], _ session: SessionID) throws(Failure) {
    if let refusal = name.withUnsafeBufferPointer({ refusal(of: $0, session) }) { throw refusal }
  }

  private func refusal(of name: Bytes, _ session: SessionID) -> Failure? {
    guard let prefix = ReservedNames.prefix(of: name),
      !(sessions[session]?.principal.isAdministrator ?? false)
    else { return nil }
    return Failure(
      .noPermission,
      "only root and the server's own user write, lock and publish names under '\(prefix)'")
  }
}
