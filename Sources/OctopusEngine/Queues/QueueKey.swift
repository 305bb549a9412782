import OctopusRecords

/// Names a lock, a semaphore or a barrier.
struct QueueKey: Hashable {
  enum Kind: UInt8, CaseIterable {
    case barrier, lock, semaphore

    /// The attribute of a member's record that has the queue's name. In the order of the cases.
    var attribute: StaticString {
      switch self {
      case .barrier: "barrier"
      case .lock: "lock"
      case .semaphore: "semaphore"
      }
    }
  }

  let kind: Kind
  let name: [UInt8]

  init(_ kind: Kind, _ name: [UInt8]) {
    self.kind = kind
    self.name = name
  }

  /// The counter of the members' names: `print_` for `print_3`.
  var counterPrefix: [UInt8] {
    var prefix: [UInt8] = []
    prefix.reserveCapacity(name.count + 1)
    prefix.append(contentsOf: name)
    prefix.append(UInt8(ascii: "_"))
    return prefix
  }

  /// Makes a record of this queue.
  ///
  /// - Parameters:
  ///   - before: attributes that sort before the one that has the queue's name.
  ///   - after: attributes that sort after it.
  func record(
    named recordName: [UInt8], before: [(StaticString, Int64)] = [],
    after: [(StaticString, ValueView)] = []
  ) throws(Failure) -> Record {
    do throws(SyntaxError) {
      guard recordName.count <= Limits.nameBytes else {
        throw SyntaxError("a name longer than it may be", at: 0, reason: .tooLong)
      }
      return try recordName.withUnsafeBufferPointer { (recordName) throws(SyntaxError) in
        try name.withUnsafeBufferPointer { (name) throws(SyntaxError) in
          try RecordBuilder.build(name: recordName) { builder in
            for (key, number) in before { builder.append(key.bytes, .integer(number)) }
            builder.append(kind.attribute.bytes, .string(name))
            for (key, value) in after { builder.append(key.bytes, value) }
          }
        }
      }
    } catch { throw Failure(error) }
  }
}
