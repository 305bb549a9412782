import OctopusRecords

/// The last request of a session whose connection was lost before the answer: the server may have
/// carried it out, but only as a whole.
struct Doubt {
  private let session: SessionHistory
  /// What may have been carried out.
  private let commands: [[String]]
  private let isTransaction: Bool

  /// Nil if nothing is in doubt.
  init?(_ session: SessionHistory) {
    guard let words = session.unanswered else { return nil }
    self.session = session
    isTransaction = words[0] == "EXEC"
    // Between MULTI and EXEC a command is queued only.
    guard isTransaction || session.queued == nil else { return nil }
    commands = isTransaction ? session.queued ?? [] : [words]
  }

  /// Whether the request may have made this change.
  func explains(_ change: Change) -> Bool {
    change.revision > session.lastRevision && commands.contains { explains($0, change) }
  }

  private func explains(_ words: [String], _ change: Change) -> Bool {
    let isOwn = change.after?["by"]?.text == session.name
    switch words[0] {
    case "SET":
      return (try? Write(parsing: words[1]))?.record.description == change.after?.description
    case "SETSEQ":
      guard let stem = (try? Write(parsing: words[1]))?.record.name else { return false }
      return isOwn && change.before == nil && change.record.name.hasPrefix(stem)
    case "UPDATE":
      // In a transaction, several may have changed the same.
      guard let query = try? Query(parsing: words[1]), let after = change.after else {
        return false
      }
      return isTransaction ? query.matches(after) : adds(words, query, change)
    case "DEL":
      guard let query = try? Query(parsing: words[1]), let before = change.before else {
        return false
      }
      return change.after == nil && (isTransaction || query.matches(before.record))
    default: return false
    }
  }

  private func adds(_ words: [String], _ query: Query, _ change: Change) -> Bool {
    guard let place = words.firstIndex(of: "ADD"), let amount = Int64(words[place + 2]),
      let before = change.before?.record
    else { return false }
    let attribute = words[place + 1]
    return query.matches(before)
      && change.after?[attribute]?.integer == (before[attribute]?.integer ?? 0) + amount
  }

  // MARK: All or nothing

  /// A violation if the request was carried out in part, or more than once.
  func violation(_ unexplained: [Change]) -> String? {
    let later = unexplained.filter { $0.revision > session.lastRevision }
    guard isTransaction else {
      let count = later.count { commands[0][0] == "SET" && explains($0) }
      return count > 1 ? "\(session.name): \(commands[0]) was carried out \(count) times" : nil
    }
    let certain = certainTexts
    let made = Set(later.compactMap(\.after?.description)).intersection(certain)
    guard !made.isEmpty, made.count < certain.count else { return nil }
    return "\(session.name): half a transaction: \(made.sorted()) of \(certain.sorted())"
  }

  /// The states that the transaction leaves for certain, if it was carried out.
  private var certainTexts: Set<String> {
    var texts: [String: String] = [:]
    for words in commands {
      switch words[0] {
      case "SET":
        guard let record = (try? Write(parsing: words[1]))?.record else { continue }
        texts[record.name] = record.description
      // The outcome depends on what was there.
      case "UPDATE": texts[words[1]] = nil
      case "DEL" where words.contains("ALL"): texts = [:]
      case "DEL": texts[words[1]] = nil
      default: break
      }
    }
    return Set(texts.values)
  }
}

extension SessionHistory {
  /// Whether the change is a member of a lock that it has asked for, coming or going.
  func queues(_ change: Change) -> Bool {
    guard let lock = change.record["lock"]?.text else { return false }
    if change.after == nil, released.contains(change.record.name) { return true }
    let isOpen = unanswered.map { ["LOCK", "UNLOCK"].contains($0[0]) && $0[1] == lock } ?? false
    return isOpen || refused.contains(lock)
  }
}
