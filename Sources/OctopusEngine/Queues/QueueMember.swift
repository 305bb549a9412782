import OctopusRecords

/// The queue that a record belongs to: as one of its members, or as the semaphore itself.
///
/// A member is named `<name>_<number>` and names its queue: `print_3 { lock: 'print' }`.
struct QueueMember: Hashable {
  let queue: QueueKey
  /// The member's number; nil: this is the semaphore itself.
  let number: Int64?

  init(_ queue: QueueKey, _ number: Int64?) {
    self.queue = queue
    self.number = number
  }

  /// Nil for a record that belongs to no queue.
  init?(_ record: Record) {
    let member: QueueMember? = record.withContents { contents in
      Self.find(contents) { kind, name, number in
        QueueMember(QueueKey(kind, Array(name)), number)
      }
    }
    guard let member else { return nil }
    self = member
  }

  /// Whether a record belongs to a queue.
  static func isMember(_ record: Record) -> Bool {
    record.withContents { find($0) { _, _, _ in } != nil }
  }

  /// Whether a record is this member's.
  func `is`(_ record: Record) -> Bool {
    record.withContents { contents in
      Self.find(contents) { kind, name, number in
        kind == queue.kind && number == self.number
          && queue.name.withUnsafeBufferPointer { compareBytes($0, name) == 0 }
      } ?? false
    }
  }

  private static func find<Result>(
    _ contents: RecordContents, _ body: (QueueKey.Kind, _ name: Bytes, _ number: Int64?) -> Result
  ) -> Result? {
    // Most records have none of these attributes, so their names are not split.
    for kind in QueueKey.Kind.allCases {
      guard let index = contents.index(of: kind.attribute.bytes) else { continue }
      if let (name, number) = split(contents.name), contents.isText(name, index) {
        return body(kind, name, number)
      }
      if kind == .semaphore, contents.isText(contents.name, index) {
        return body(kind, contents.name, nil)
      }
    }
    return nil
  }

  /// `print_3` as `print` and 3.
  private static func split(_ name: Bytes) -> (name: Bytes, number: Int64)? {
    var start = name.count
    while start > 0, name[start - 1] &- UInt8(ascii: "0") < 10 { start -= 1 }
    // No counter reaches more digits.
    guard start > 1, name.count - start <= 18, start < name.count,
      name[start - 1] == UInt8(ascii: "_")
    else { return nil }
    let number = name[start...].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    return (Bytes(rebasing: name[..<(start - 1)]), number)
  }
}

/// A member's record, or a semaphore's, was created, written again, or deleted.
struct QueueChange {
  enum Kind {
    /// The revision is the member's token. Without a newcomer, a client made the record with
    /// SETSEQ.
    case joined(Record, Revision, Newcomer?)
    case rewritten(Record)
    /// Whether a party has left its barrier with BARRIER LEAVE.
    case removed(byLeaving: Bool)
  }

  let member: QueueMember
  var kind: Kind

  var queue: QueueKey { member.queue }

  /// By how much it changes the number of members.
  var memberCountChange: Int {
    guard member.number != nil else { return 0 }
    return switch kind {
    case .joined: 1
    case .rewritten: 0
    case .removed: -1
    }
  }
}

/// The facts about a new member of a semaphore or a barrier that its record does not have.
struct Newcomer {
  let holder: Holder
  /// Whether the command waits for what the member wants.
  let waits: Bool
  var consumes = false
}

extension StaticString {
  /// They live as long as the program.
  var bytes: Bytes { Bytes(start: utf8Start, count: utf8CodeUnitCount) }
}

extension RecordContents {
  /// Whether an attribute is this text.
  fileprivate func isText(_ text: Bytes, _ index: Int) -> Bool {
    withValue(index) { $0.text.map { compareBytes($0, text) == 0 } ?? false }
  }

  func isText(_ text: Bytes, of key: StaticString) -> Bool {
    index(of: key.bytes).map { isText(text, $0) } ?? false
  }
}

extension Record {
  /// An integer that the engine itself has written.
  func integer(of key: StaticString) -> Int64 {
    withContents { contents in
      guard let index = contents.index(of: key.bytes) else { return 0 }
      return contents.withValue(index) { if case .integer(let value) = $0 { value } else { 0 } }
    }
  }
}
